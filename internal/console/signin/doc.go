// Package signin signs people in to the console by OpenID Connect: code flow with PKCE
// at the issuer of their agency.
package signin
