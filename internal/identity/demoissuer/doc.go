// Package demoissuer is an OIDC issuer inside the hub's own process for the
// demo district: one issuer with a key of its own per agency, made at start
// and gone at the end.
//
// It hands a token for any staff code to whoever asks on this very machine, so
// it answers nobody else, and identity.Validate refuses it beside any
// production issuer.
package demoissuer
