package identity

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

func newServer(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// authority signs client certificates.
type authority struct {
	certificate *x509.Certificate
	key         signingKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key := newKey(t, "", "ES256")
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example CA"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(nil, template, template, key.private.Public(), key.private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate: certificate, key: key}
}

// client is a certificate of the authority for a partner system.
func (a authority) client(t *testing.T, serial int64) tls.Certificate {
	t.Helper()
	key := newKey(t, "", "ES256")
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "partner system"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(nil, template, a.certificate, key.private.Public(), a.key.private)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key.private}
}

// listenTLS serves over TLS with client certificates of this kind of check.
func listenTLS(t *testing.T, handler http.Handler, trusted authority, check tls.ClientAuthType) *httptest.Server {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(trusted.certificate)
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{ClientCAs: pool, ClientAuth: check, MinVersion: tls.VersionTLS13}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func clientOf(server *httptest.Server, certificates ...tls.Certificate) *http.Client {
	transport := server.Client().Transport.(*http.Transport).Clone()
	if transport.TLSClientConfig != nil {
		transport.TLSClientConfig.Certificates = certificates
	}
	return &http.Client{Transport: transport}
}

func TestAuthenticate_BindsTokensToTheClientCertificate(t *testing.T) {
	t.Parallel()
	key, free := newKey(t, "k1", "ES256"), newKey(t, "k1", "ES256")
	strict, lenient := newAgencyIssuer(t, key.public()), newAgencyIssuer(t, free.public())
	bound := trust(strict, "TOWN")
	bound.RequireCertificate = true
	h := newHub(t, trust(lenient, "EDU"))
	handler := h.handler(t, []Issuer{bound, trust(lenient, "EDU")})
	ca := newAuthority(t)
	mine, theirs := ca.client(t, 2), ca.client(t, 3)
	server := listenTLS(t, handler, ca, tls.VerifyClientCertIfGiven)
	unverified := listenTLS(t, handler, ca, tls.RequestClientCert)

	cnf := map[string]any{"x5t#S256": Thumbprint(mine.Certificate[0])}
	strictToken := key.token(t, with(goodClaims(strict.URL), map[string]any{"cnf": cnf}))
	strictUnbound := key.token(t, goodClaims(strict.URL))
	wu := with(goodClaims(lenient.URL), map[string]any{"sub": "wu"})
	freeToken, freeBound := free.token(t, wu), free.token(t, with(wu, map[string]any{"cnf": cnf}))
	twofold := key.token(t, with(goodClaims(strict.URL), map[string]any{"cnf": map[string]any{
		"x5t#S256": Thumbprint(mine.Certificate[0]), "jkt": "x",
	}}))

	tests := map[string]struct {
		server *httptest.Server
		certs  []tls.Certificate
		token  string
		staff  string
	}{
		"bound token, its certificate":                {server, []tls.Certificate{mine}, strictToken, "lin"},
		"bound token, another valid certificate":      {server, []tls.Certificate{theirs}, strictToken, ""},
		"bound token, no certificate":                 {server, nil, strictToken, ""},
		"bound token, unverified certificate":         {unverified, []tls.Certificate{mine}, strictToken, ""},
		"bound token over plain HTTP":                 {h.server, nil, freeBound, ""},
		"two confirmations":                           {server, []tls.Certificate{mine}, twofold, ""},
		"binding required, token free":                {server, []tls.Certificate{mine}, strictUnbound, ""},
		"binding not required, token free":            {server, nil, freeToken, "wu"},
		"binding not required, token free, with cert": {server, []tls.Certificate{mine}, freeToken, "wu"},
		"binding not required, token bound":           {server, []tls.Certificate{mine}, freeBound, "wu"},
		"binding not required, bound, another cert":   {server, []tls.Certificate{theirs}, freeBound, ""},
		"binding not required, bound, no cert":        {server, nil, freeBound, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// A certificate that only a header claims must never count.
			header := http.Header{
				"Authorization":           {"Bearer " + test.token},
				"X-Client-Cert":           {b64(string(mine.Certificate[0]))},
				"X-Forwarded-Client-Cert": {"Hash=" + Thumbprint(mine.Certificate[0])},
				"X-Ssl-Client-Cert":       {b64(string(mine.Certificate[0]))},
				"Client-Cert":             {":" + b64(string(mine.Certificate[0])) + ":"},
			}
			client := clientOf(test.server, test.certs...)
			defer client.CloseIdleConnections()
			for range 2 { // the second answer comes from the verdicts kept
				reply := askWith(t, client, test.server.URL, header)
				if reply.Caller.Staff.Code != test.staff || (test.staff == "") != (reply.Code == fault.Unauthenticated) {
					t.Errorf("want %q, got %q: %s", test.staff, reply.Caller.Staff.Code, reply.Log)
				}
				verified := test.staff != "" && len(test.certs) > 0
				if verified && reply.Caller.CertThumbprint != Thumbprint(test.certs[0].Certificate[0]) {
					t.Errorf("the caller carries thumbprint %q", reply.Caller.CertThumbprint)
				}
			}
		})
	}
}
