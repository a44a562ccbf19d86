package granting

import (
	"context"
	"encoding/base64"
	"strings"
	"unicode"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Client is a system that is to be registered.
type Client struct {
	AgencyCode, Code, Name, Thumbprint string
	Purposes                           []string
	Reason                             string
}

// RegisterClient proposes to register a system.
func RegisterClient(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Client) (disclosure.Changed, error) {
	if in.Code == "" || len(in.Code) > 256 || strings.ContainsFunc(in.Code, func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }) {
		return disclosure.Changed{}, fault.At("code", fault.New(fault.BadRequest, "系统标识即令牌中的 client_id，不含空格。", "The code is the client_id of its tokens, without blanks."))
	}
	if in.Name = strings.TrimSpace(in.Name); in.Name == "" {
		return disclosure.Changed{}, fault.At("name", fault.New(fault.BadRequest, "请填写系统名称。", "Name the system."))
	}
	if len(in.Purposes) == 0 {
		return disclosure.Changed{}, fault.At("purposes", fault.New(fault.BadRequest, "请选择用途。", "Name its purposes."))
	}
	if err := thumbprint(in.Thumbprint); err != nil {
		return disclosure.Changed{}, err
	}
	if err := unregistered(ctx, tx, in.AgencyCode, in.Code); err != nil {
		return disclosure.Changed{}, err
	}
	return draft{
		kind: giveClient, subject: in.AgencyCode + "/" + in.Code, after: strings.Join(in.Purposes, " "), reason: in.Reason, facts: in,
	}.propose(ctx, tx, d)
}

// thumbprint refuses what is no SHA-256 in base64url.
func thumbprint(text string) error {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if text == "" || err == nil && len(raw) == 32 && len(text) == 43 { // the decoder passes over line ends
		return nil
	}
	return fault.At("thumbprint", fault.New(fault.BadRequest, "证书指纹为 SHA-256 的 base64url 写法（x5t#S256，43个字符）。", "A thumbprint is a SHA-256 in base64url, as x5t#S256: 43 characters."))
}

func enrol(ctx context.Context, tx postgres.Tx, d disclosure.Decided, p proposal) error {
	c, err := facts[Client](p)
	if err != nil {
		return err
	}
	return insertClient(ctx, tx, c, chinatime.Day(d.Now))
}

// Certificate is another certificate of a system.
type Certificate struct{ Thumbprint, Reason string }

// key is what the approval of a rotation carries out.
type key struct {
	Thumbprint string
	Version    int
}

// RotateClient proposes another certificate.
func RotateClient(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a access.Aim, in Certificate) (disclosure.Changed, error) {
	c, err := access.TakeClient(ctx, tx, "rotateClient", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := thumbprint(in.Thumbprint); err != nil || in.Thumbprint == "" {
		return disclosure.Changed{}, thumbprint("-")
	}
	return draft{
		kind: rotateClient, subject: c.Subject(), about: c.ID, before: c.Thumbprint, after: in.Thumbprint, reason: in.Reason,
		facts: key{in.Thumbprint, c.Version},
	}.propose(ctx, tx, d)
}

func rotate(ctx context.Context, tx postgres.Tx, d disclosure.Decided, p proposal) error {
	to, err := facts[key](p)
	if err != nil {
		return err
	}
	if _, err := access.TakeClient(ctx, tx, "rotateClient", access.Aim{ID: p.about, Version: to.Version}); err != nil {
		return overtaken()
	}
	return setThumbprint(ctx, tx, p.about, to.Thumbprint, chinatime.Day(d.Now))
}

// ResumeClient proposes to open a suspended system again.
func ResumeClient(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a access.Aim) (disclosure.Changed, error) {
	c, err := access.TakeClient(ctx, tx, "resumeClient", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	return draft{
		kind: resumeClient, subject: c.Subject(), about: c.ID, before: "停用 suspended", after: "启用 active", reason: a.Reason, facts: key{"", c.Version},
	}.propose(ctx, tx, d)
}

func reopen(ctx context.Context, tx postgres.Tx, _ disclosure.Decided, p proposal) error {
	to, err := facts[key](p)
	if err != nil {
		return err
	}
	if _, err := access.TakeClient(ctx, tx, "resumeClient", access.Aim{ID: p.about, Version: to.Version}); err != nil {
		return overtaken()
	}
	_, err = access.SetClientActive(ctx, tx, p.about, true)
	return err
}
