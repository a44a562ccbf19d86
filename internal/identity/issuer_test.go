package identity

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type noKeys struct{}

func (noKeys) JWKS(context.Context) ([]byte, error) { return []byte(`{"keys":[]}`), nil }

func TestValidate(t *testing.T) {
	t.Parallel()
	town := Issuer{URL: "https://town.example", AgencyCode: "TOWN", Audience: hubAudience}
	edu := Issuer{URL: "https://edu.example", AgencyCode: "EDU", Audience: hubAudience}
	demo := Issuer{
		URL: "http://127.0.0.1:8080/demo-issuer/TOWN", AgencyCode: "TOWN", Audience: hubAudience, Demo: true, Keys: noKeys{},
	}
	change := func(issuer Issuer, apply func(*Issuer)) []Issuer {
		apply(&issuer)
		return []Issuer{issuer}
	}
	shared := func(code string) Issuer {
		return Issuer{URL: "https://" + code + ".example", AgencyCode: code, Audience: hubAudience, JWKSURL: "https://keys.example"}
	}
	tests := map[string]struct {
		issuers []Issuer
		want    string
	}{
		"two agencies":               {[]Issuer{town, edu}, ""},
		"two issuers of one agency":  {[]Issuer{town, shared("TOWN")}, ""},
		"demo":                       {[]Issuer{demo}, ""},
		"loopback over http":         {change(town, func(i *Issuer) { i.URL = "http://localhost:9000" }), ""},
		"none":                       {nil, "No issuer is configured"},
		"audience not set":           {change(town, func(i *Issuer) { i.Audience = "" }), "audience is not set"},
		"agency not set":             {change(town, func(i *Issuer) { i.AgencyCode = "" }), "agency code is not set"},
		"plain http":                 {change(town, func(i *Issuer) { i.URL = "http://town.example" }), "must use https"},
		"keys over plain http":       {change(town, func(i *Issuer) { i.JWKSURL = "http://town.example/k" }), "must use https"},
		"no URL":                     {change(town, func(i *Issuer) { i.URL = "" }), "must use https"},
		"other scheme":               {change(town, func(i *Issuer) { i.JWKSURL = "file:///etc/passwd" }), "must use https"},
		"user in URL":                {change(town, func(i *Issuer) { i.URL = "https://a:b@town.example" }), "must not carry user"},
		"query in URL":               {change(town, func(i *Issuer) { i.URL = "https://town.example?x=1" }), "must not carry user"},
		"unreadable URL":             {change(town, func(i *Issuer) { i.URL = "https://[" }), "cannot be parsed"},
		"URL and file":               {change(town, func(i *Issuer) { i.JWKSURL, i.JWKSFile = "https://a.example", "f" }), "not both"},
		"issuer twice":               {[]Issuer{town, town}, "configured twice"},
		"issuer twice but for slash": {[]Issuer{town, change(edu, func(i *Issuer) { i.URL = town.URL + "/" })[0]}, "configured twice"},
		"two agencies, one key set":  {[]Issuer{shared("TOWN"), shared("EDU")}, "cannot share"},
		"demo beside production":     {[]Issuer{demo, edu}, "cannot be enabled together with a production issuer"},
		"production beside demo":     {[]Issuer{edu, demo}, "cannot be enabled together with a production issuer"},
		"demo without keys":          {change(demo, func(i *Issuer) { i.Keys = nil }), "Only demo issuers have keys"},
		"demo with a key file":       {change(demo, func(i *Issuer) { i.JWKSFile = "f" }), "Only demo issuers have keys"},
		"production with own keys":   {change(town, func(i *Issuer) { i.Keys = noKeys{} }), "Only demo issuers have keys"},
		"demo issuer as production":  {change(demo, func(i *Issuer) { i.Demo, i.Keys = false, nil }), "A demo issuer cannot be configured"},
		"demo keys for production":   {change(town, func(i *Issuer) { i.JWKSURL = demo.URL + "/jwks" }), "A demo issuer cannot be configured"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Validate(test.issuers)
			if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
				t.Errorf("want %q, got %v", test.want, err)
			}
			if test.want == "" {
				return
			}
			if _, err := New(t.Context(), Config{Issuers: test.issuers}, nil, newClock().Now); err == nil {
				t.Error("the hub would have started")
			}
		})
	}
}

func TestReadIssuers(t *testing.T) {
	t.Parallel()
	const good = `[{"url":"https://town.example","agencyCode":"TOWN","audience":"https://hub.example","requireCertificate":true}]`
	want := []Issuer{{URL: "https://town.example", AgencyCode: "TOWN", Audience: hubAudience, RequireCertificate: true}}
	got, err := ReadIssuers(strings.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("issuers (-want +got):\n%s", diff)
	}
	for _, bad := range []string{
		`[]`, `{}`, ``, strings.Replace(good, "audience", "audiance", 1),
		strings.Replace(good, `"requireCertificate"`, `"Demo"`, 1),
		strings.Replace(good, `"https://hub.example"`, `""`, 1), good + good,
	} {
		if _, err := ReadIssuers(strings.NewReader(bad)); err == nil {
			t.Errorf("accepted %s", bad)
		}
	}
}
