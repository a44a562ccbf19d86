package identity

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
)

// Thumbprint is the x5t#S256 of a certificate in DER form (RFC 8705).
func Thumbprint(der []byte) string {
	sum := sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// connectionThumbprint is the thumbprint of the client certificate that the
// TLS layer has verified, empty without one. Only the connection counts; no
// request header can supply a certificate.
func connectionThumbprint(state *tls.ConnectionState) string {
	if state == nil || len(state.VerifiedChains) == 0 || len(state.PeerCertificates) == 0 {
		return ""
	}
	return Thumbprint(state.PeerCertificates[0].Raw)
}

// checkBinding compares the token's confirmation with the connection.
func checkBinding(bound, connection string, required bool) error {
	switch {
	case bound == "" && required:
		return refuseCertificate("token is not bound, binding is required")
	case bound == "":
		return nil
	case connection == "":
		return refuseCertificate("token is bound, connection has no certificate")
	case bound != connection:
		return refuseCertificate("token is bound to another certificate")
	default:
		return nil
	}
}
