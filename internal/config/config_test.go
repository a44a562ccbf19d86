package config_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/limit"
)

func defaults(t *testing.T) config.Config {
	t.Helper()
	c, err := config.Default()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefault_isSafe(t *testing.T) {
	t.Parallel()
	c := defaults(t)
	if diff := cmp.Diff("127.0.0.1:8080", c.Listen); diff != "" {
		t.Errorf("listen (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(limit.Defaults(), limit.Limits(c.Limits)); diff != "" {
		t.Errorf("limits must be those that the hub publishes (-want +got):\n%s", diff)
	}
	if c.Demo.Enabled || c.CreateKeys || c.AllowGET || c.TLS.Terminated {
		t.Errorf("something unsafe is on: %v", c)
	}
}

func TestConfig_Check(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(c *config.Config)
		want   string
	}{
		{"accepts a hub with issuers", func(c *config.Config) { c.Issuers = "issuers.json" }, ""},
		{"accepts the demo", func(c *config.Config) { c.Demo.Enabled = true }, ""},
		{"accepts a network address with TLS", func(c *config.Config) {
			c.Issuers, c.Listen, c.TLS.Cert, c.TLS.Key = "issuers.json", "0.0.0.0:443", "cert", "key"
		}, ""},
		{"accepts a network address behind a proxy", func(c *config.Config) {
			c.Issuers, c.Listen, c.TLS.Terminated = "issuers.json", ":8080", true
		}, ""},
		{"refuses a hub that nobody can enter", func(*config.Config) {}, "no issuer is configured"},
		{"refuses the demo beside issuers", func(c *config.Config) { c.Demo.Enabled, c.Issuers = true, "issuers.json" }, "without --issuers"},
		{"refuses the demo on the network", func(c *config.Config) { c.Demo.Enabled, c.Listen = true, "0.0.0.0:8080" }, "this machine only"},
		{"refuses clear text on the network", func(c *config.Config) { c.Issuers, c.Listen = "issuers.json", ":8080" }, "clear text"},
		{"refuses half of TLS", func(c *config.Config) { c.Issuers, c.TLS.Cert = "issuers.json", "cert" }, "both --tls-cert and --tls-key"},
		{"refuses client certificates without TLS", func(c *config.Config) { c.Issuers, c.TLS.ClientCA = "issuers.json", "ca" }, "needs TLS"},
		{"refuses a strange address", func(c *config.Config) { c.Issuers, c.Listen = "issuers.json", "here" }, "host:port"},
		{"refuses limits of nothing", func(c *config.Config) { c.Issuers, c.Limits.Depth = "issuers.json", 0 }, "--limit-depth"},
		{"refuses more than every trace", func(c *config.Config) { c.Issuers, c.Telemetry.SampleRatio = "issuers.json", 2 }, "--sample-ratio"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := defaults(t)
			test.change(&c)
			err := c.Check()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestConfig_printsNoSecret(t *testing.T) {
	t.Parallel()
	const canary = "canary-90c2"
	for _, address := range []string{
		"postgres://hub:" + canary + "@db/tongxin",
		"postgres://hub@db/tongxin?password=" + canary,
		"host=db user=hub password=" + canary,
		"postgres://hub:" + canary + "%zz@db",
	} {
		c := defaults(t)
		c.DatabaseURL, c.Telemetry.OTLPEndpoint = address, "https://user:"+canary+"@collector"
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).InfoContext(t.Context(), "start", slog.Any("config", c))
		for _, text := range []string{log.String(), fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c)} {
			if strings.Contains(text, canary) {
				t.Errorf("a secret shows: %s", text)
			}
			if !strings.Contains(text, "127.0.0.1:8080") {
				t.Errorf("the dump is not complete: %s", text)
			}
		}
	}
}
