package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Check refuses what is unsafe or contradicts itself, all of it at once. A hub
// calls it before anything else.
func (c Config) Check() error {
	return errors.Join(c.checkCallers(), c.checkListener(), c.checkConsole(), c.checkNumbers())
}

// checkConsole: the console's address is one that only TLS or this machine reaches.
func (c Config) checkConsole() error {
	if c.Console.URL == "" {
		return nil
	}
	u, err := url.Parse(c.Console.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("--console-url %q must be https:// and a host, without a path, such as https://hub.example", c.Console.URL)
	}
	return nil
}

// checkCallers: exactly one of the demo and configured issuers lets people in.
func (c Config) checkCallers() error {
	switch {
	case c.Demo.Enabled && c.Issuers != "":
		return errors.New("the demo district signs its own tokens and must never run where real callers do; " +
			"start the demo without --issuers (TONGXIN_ISSUERS)")
	case !c.Demo.Enabled && c.Issuers == "":
		return errors.New("no issuer is configured, so nobody could sign in; " +
			"name the file of trusted issuers with --issuers (TONGXIN_ISSUERS), or try `tongxin demo`")
	}
	return nil
}

func (c Config) checkListener() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("--listen %q is no address; write host:port, such as 127.0.0.1:8080", c.Listen)
	}
	local := host == "localhost" || net.ParseIP(strings.Trim(host, "[]")).IsLoopback()
	switch {
	case c.Demo.Enabled && !local:
		return fmt.Errorf("the demo listens on this machine only, not on %q; its tokens are for everyone who asks", c.Listen)
	case (c.TLS.Cert == "") != (c.TLS.Key == ""):
		return errors.New("TLS needs both --tls-cert and --tls-key")
	case c.TLS.ClientCA != "" && c.TLS.Cert == "":
		return errors.New("--tls-client-ca needs TLS; set --tls-cert and --tls-key")
	case !local && c.TLS.Cert == "" && !c.TLS.Terminated:
		return fmt.Errorf("listening on %q in clear text would show children's data to the network; "+
			"set --tls-cert and --tls-key, or --tls-terminated when a proxy in front ends TLS", c.Listen)
	}
	return nil
}

func (c Config) checkNumbers() error {
	l, d := c.Limits, c.Load
	positive := map[string]int64{
		"--limit-body": l.Body, "--limit-tokens": int64(l.Tokens), "--limit-depth": int64(l.Depth),
		"--limit-root-fields": int64(l.RootFields), "--limit-nodes": int64(l.Nodes),
		"--limit-values": int64(l.Values), "--limit-first": int64(l.First), "--limit-ids": int64(l.IDs),
		"--deadline": int64(d.Deadline), "--drain": int64(d.Drain),
		"--max-concurrent": int64(d.MaxConcurrent), "--caller-burst": int64(d.CallerBurst),
		"--console-idle": int64(c.Console.Idle), "--console-life": int64(c.Console.Life),
		"--max-conns": int64(d.MaxConns), "--demo-children": int64(c.Demo.Children),
	}
	var errs []error
	for _, name := range sortedKeys(positive) {
		if positive[name] <= 0 {
			errs = append(errs, fmt.Errorf("%s must be positive", name))
		}
	}
	if d.CallerRate <= 0 {
		errs = append(errs, errors.New("--caller-rate must be positive"))
	}
	if c.Telemetry.SampleRatio < 0 || c.Telemetry.SampleRatio > 1 {
		errs = append(errs, errors.New("--sample-ratio must lie between 0 and 1"))
	}
	return errors.Join(errs...)
}
