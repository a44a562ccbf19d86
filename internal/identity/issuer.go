package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
)

// demoPath marks the URLs of demo issuers, which no hub trusts by configuration.
const demoPath = "/demo-issuer/"

// KeySource hands out an issuer's public keys as a JWKS document (RFC 7517).
type KeySource interface {
	JWKS(ctx context.Context) ([]byte, error)
}

// Issuer is an OIDC issuer that the hub trusts for the staff of one agency.
type Issuer struct {
	// URL is the exact value of the iss claim.
	URL string `json:"url"`
	// AgencyCode names the only agency whose staff this issuer vouches for.
	AgencyCode string `json:"agencyCode"`
	// Audience is the exact and only value of the aud claim. It must be set.
	Audience string `json:"audience"`
	// JWKSURL or JWKSFile says where the keys are. With neither, they are
	// found by OIDC discovery at URL.
	JWKSURL  string `json:"jwksUrl,omitempty"`
	JWKSFile string `json:"jwksFile,omitempty"`
	// RequireCertificate refuses tokens that are not bound to the client
	// certificate of the connection (RFC 8705). A bound token is always
	// checked, with or without this.
	RequireCertificate bool `json:"requireCertificate,omitempty"`
	// Console lets the agency's staff sign in to the console; nil for none.
	Console *Client `json:"console,omitempty"`
	// Demo marks an issuer of the demo, with keys in this process. Both
	// fields cannot be set from a file.
	Demo bool      `json:"-"`
	Keys KeySource `json:"-"`
}

// Client is the console as an issuer knows it: an OIDC client that may use the code
// flow with PKCE and is given access tokens for the issuer's audience.
type Client struct {
	// ID is the client_id, Name the agency as the sign-in page calls it.
	ID   string `json:"clientId"`
	Name string `json:"name"`
	// SecretFile holds the client's secret; empty for a public client.
	SecretFile string `json:"clientSecretFile,omitempty"`
}

// ReadIssuers reads the operator's list of issuers: a JSON array whose members
// carry the field names of Issuer. Unknown fields are refused.
func ReadIssuers(r io.Reader) ([]Issuer, error) {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	var issuers []Issuer
	if err := decoder.Decode(&issuers); err != nil {
		return nil, fmt.Errorf("read issuers: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read issuers: text after the list")
	}
	if err := Validate(issuers); err != nil {
		return nil, err
	}
	return issuers, nil
}

// Validate says what is unsafe about a list of issuers; New refuses such a
// list, so a hub never starts with it.
func Validate(issuers []Issuer) error {
	if len(issuers) == 0 {
		return errors.New("没有配置任何认证系统，无人能够登录。 No issuer is configured, so nobody could sign in")
	}
	urls := map[string]bool{}
	keyOwner := map[string]string{}
	for _, issuer := range issuers {
		if err := issuer.validate(); err != nil {
			return fmt.Errorf("issuer %q: %w", issuer.URL, err)
		}
		if issuer.Demo != issuers[0].Demo {
			return errors.New("演示认证系统不能与正式认证系统同时启用，请去掉其一。 The demo issuer cannot be enabled together with a production issuer; remove one of them")
		}
		name := strings.TrimSuffix(issuer.URL, "/")
		if urls[name] {
			return fmt.Errorf("issuer %q: 认证系统重复配置。 The issuer is configured twice", issuer.URL)
		}
		urls[name] = true
		for _, keys := range []string{issuer.JWKSURL, issuer.JWKSFile} {
			owner, shared := keyOwner[keys]
			if keys != "" && shared && owner != issuer.AgencyCode {
				return fmt.Errorf("issuer %q: 两个单位不能共用一套签名密钥。 Two agencies cannot share one set of signing keys", issuer.URL)
			}
			keyOwner[keys] = issuer.AgencyCode
		}
	}
	return nil
}

func (i Issuer) validate() error {
	if err := safeURL(i.URL); err != nil {
		return err
	}
	switch {
	case i.AgencyCode == "":
		return errors.New("没有指明所属单位代码。 The agency code is not set")
	case i.Audience == "":
		return errors.New("没有设置受众标识，枢纽拒绝启动，否则会接受发给其他系统的令牌。 The audience is not set; the hub refuses to start, because it would accept tokens meant for other systems")
	case i.JWKSURL != "" && i.JWKSFile != "":
		return errors.New("公钥地址与公钥文件只能设置一个。 Set either the JWKS URL or the JWKS file, not both")
	case i.Demo != (i.Keys != nil) || i.Demo && i.JWKSURL+i.JWKSFile != "":
		return errors.New("只有演示认证系统使用进程内密钥，且仅使用这种密钥。 Only demo issuers have keys in this process, and no others")
	case !i.Demo && strings.Contains(i.URL+"/ "+i.JWKSURL, demoPath):
		return errors.New("演示认证系统不能作为正式认证系统配置。 A demo issuer cannot be configured as a production issuer")
	case i.Console != nil && (i.Console.ID == "" || i.Console.Name == ""):
		return errors.New("控制台登录须写明 clientId 与单位名称。 Signing in to the console needs clientId and the name of the agency")
	case i.JWKSURL != "":
		return safeURL(i.JWKSURL)
	}
	return nil
}

// safeURL demands https, and allows http on the loopback interface alone.
func safeURL(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return fmt.Errorf("地址无法解析。 The URL cannot be parsed: %w", err)
	}
	plain := u.Scheme == "http" && Loopback(u.Host)
	if u.Host == "" || (u.Scheme != "https" && !plain) {
		return errors.New("地址必须使用 https（仅本机回环地址可用 http）。 The URL must use https; http is for loopback addresses only")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return errors.New("地址不能带有账号、查询参数或片段。 The URL must not carry user, query or fragment")
	}
	return nil
}

// Loopback tells whether a host, with or without port, is this very machine.
func Loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}
