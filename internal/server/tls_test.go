package server_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/server"
)

// certificate writes a certificate and key signed by itself, good for both
// ends of a connection.
func certificate(t *testing.T, name string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(file, kind string, bytes []byte) string {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", cert), write("key.pem", "PRIVATE KEY", der)
}

func TestTLS_ClientCertificates(t *testing.T) {
	t.Parallel()
	hubCert, hubKey := certificate(t, "hub")
	clientCert, clientKey := certificate(t, "school-app")
	strangerCert, strangerKey := certificate(t, "stranger")
	seen := make(chan string, 1)
	b := setup(t, func(c *server.Config, d *server.Deps) {
		c.CertFile, c.KeyFile, c.ClientCAFile = hubCert, hubKey, clientCert
		d.Authenticator = authFunc(func(ctx context.Context, r *http.Request) (identity.Caller, error) {
			name := "none"
			if len(r.TLS.VerifiedChains) > 0 {
				name = r.TLS.VerifiedChains[0][0].Subject.CommonName
			}
			seen <- name
			return byToken(ctx, r)
		})
	})
	b.URL = strings.Replace(b.URL, "http:", "https:", 1)
	b.client = tlsClient(t, hubCert, "", "")
	r := b.ask(question)
	if name := <-seen; name != "none" || r.Status != 200 || r.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("without a certificate: %s, %d", name, r.Status)
	}
	b.client = tlsClient(t, hubCert, clientCert, clientKey)
	if r := b.ask(question); <-seen != "school-app" || r.Status != 200 {
		t.Errorf("with a certificate: %d", r.Status)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL+"/healthz", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tlsClient(t, hubCert, strangerCert, strangerKey).Do(req)
	if err == nil {
		_ = resp.Body.Close()
		t.Error("a certificate of another authority was taken")
	}
}

func tlsClient(t *testing.T, ca, certFile, keyFile string) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	text, err := os.ReadFile(ca)
	if err != nil || !roots.AppendCertsFromPEM(text) {
		t.Fatal("no authority", err)
	}
	config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	if certFile != "" {
		cert, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			t.Fatal(err)
		}
		// Present it even where the hub did not ask for its authority.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// A peer chooses names in its handshake, and net/http logs them.
func TestTLS_HandshakeErrorsStayOnOneLine(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t, "hub")
	b := setup(t, func(c *server.Config, _ *server.Deps) { c.CertFile, c.KeyFile = cert, key })
	dialer := tls.Dialer{Config: &tls.Config{
		InsecureSkipVerify: true,
		NextProtos:         []string{"x\r\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\x1b[2J"},
	}}
	if conn, err := dialer.DialContext(t.Context(), "tcp", b.Addr().String()); err == nil {
		_ = conn.Close()
		t.Fatal("the handshake went through")
	}
	b.stop()
	if err := <-b.done; err != nil {
		t.Log(err)
	}
	scanner := bufio.NewScanner(bytes.NewBufferString(b.log.String()))
	found := false
	for scanner.Scan() {
		var line struct{ Level, Msg string }
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil || line.Level == "ERROR" {
			t.Errorf("%v: %s", err, scanner.Text())
		}
		found = found || strings.Contains(line.Msg, "handshake error") && !strings.ContainsAny(line.Msg, "\r\n\x1b")
	}
	if !found {
		t.Errorf("no handshake error in %s", b.log)
	}
}
