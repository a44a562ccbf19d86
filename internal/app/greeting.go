package app

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/demo"
)

// greet prints the ready-made callers with their tokens and three questions to
// copy and paste.
func (d *demoParts) greet(w io.Writer, addr string) {
	var out strings.Builder
	out.WriteString("\n同心 Tongxin · 演示数据，全部虚构 · demo data, all made up\n\n调用者与令牌（12小时有效） callers and tokens (good for 12 hours)\n")
	for _, c := range d.district.Callers() {
		fmt.Fprintf(&out, "\n%s  %s  purpose %s  ticket %s\n", c.Key, c.Role, c.Purpose, orDash(c.TicketCode))
		fmt.Fprintf(&out, "  %s → %s\n  %s → %s\n", c.ZH, c.ShowsZH, c.EN, c.ShowsEN)
		fmt.Fprintf(&out, "  child %s\n  token %s\n", orDash(d.childID(c)), d.token(c))
	}
	out.WriteString("\n三个可直接粘贴的查询：同一个问题，三种答案 three questions to paste\n")
	for _, key := range []string{"dps-phone-check", "director-next-village", "leader"} {
		for _, s := range samples() {
			if c, ok := d.find(key); ok && s.caller == key {
				fmt.Fprintf(&out, "\n# %s\n# %s\n%s\n", c.ZH, c.EN, d.curl(addr, c, s.query))
			}
		}
	}
	fmt.Fprintf(&out, "\n控制台 console   http://%s/\n查询 explorer    http://%s/explorer\nGraphQL          http://%s/graphql\nCtrl-C 停止 stops\n\n", addr, addr, addr)
	_, _ = io.WriteString(w, out.String())
}

func (d *demoParts) find(key string) (demo.Caller, bool) {
	for _, c := range d.district.Callers() {
		if c.Key == key {
			return c, true
		}
	}
	return demo.Caller{}, false
}

// token is a fresh token of a caller; the demo's own issuer cannot fail to sign.
func (d *demoParts) token(c demo.Caller) string {
	token, err := d.issuer.Token(c.AgencyCode, c.StaffCode, "demo", tokenLife)
	if err != nil {
		return "(" + err.Error() + ")"
	}
	return token
}

// childID is the caller's child by the identifier of the caller's agency.
func (d *demoParts) childID(c demo.Caller) string {
	if c.ChildID == 0 {
		return ""
	}
	return d.app.ids.Encode(c.AgencyCode, "Child", c.ChildID)
}

// variables are those of the sample questions.
func (d *demoParts) variables(c demo.Caller) map[string]any {
	if id := d.childID(c); id != "" {
		return map[string]any{"child": id}
	}
	return nil
}

// curl is a question as a command line.
func (d *demoParts) curl(addr string, c demo.Caller, query string) string {
	body, err := json.Marshal(map[string]any{
		"query": strings.Join(strings.Fields(query), " "), "variables": d.variables(c),
	})
	if err != nil {
		return "(" + err.Error() + ")"
	}
	ticket := ""
	if c.TicketCode != "" {
		ticket = " -H 'Tongxin-Ticket: " + c.TicketCode + "'"
	}
	return fmt.Sprintf("curl -s http://%s/graphql -H 'Content-Type: application/json' \\\n  -H 'Tongxin-Purpose: %s'%s \\\n  -H 'Authorization: Bearer %s' \\\n  -d '%s'",
		addr, c.Purpose, ticket, d.token(c), body)
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
