// Package identity turns a request into a caller: it verifies the access token
// of an agency's issuer, its binding to the client certificate, and looks the
// person or system up in the hub's own register.
//
// A token says only who somebody is. Agency, posts, areas and contracts come
// from the register alone, and an issuer speaks for exactly one agency: the
// register is asked for (agency of the issuer, subject), so that no issuer can
// ever name another agency's staff.
package identity
