// Package entrance lets people in: sign-in at the issuer of their agency, and the choice
// of post, purpose and ticket.
package entrance
