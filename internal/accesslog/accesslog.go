package accesslog

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Follower is the name under which the log is followed for search.
const Follower = "audit search"

// Token stands for a number of a child between the hub and an agency.
type Token struct{ Agency, Kind, Hex string }

// tokenSize is that of a token in bytes.
const tokenSize = 32

func (t Token) raw() []byte {
	raw, err := hex.DecodeString(t.Hex)
	if err != nil || len(raw) != tokenSize {
		return nil
	}
	return raw
}

// Translate finds the children behind a token. Faults: BadRequest for what is no
// token, NotFound where there is none: of another agency, of nobody, alike.
func Translate(ctx context.Context, tx postgres.Tx, t Token) ([]int64, error) {
	if t.raw() == nil {
		return nil, fault.At("token", fault.New(fault.BadRequest,
			"请发送64位十六进制的令牌，不要发送号码本身。", "Send the token, 64 hex digits, and never the number itself."))
	}
	children, err := translate(ctx, tx, t)
	if err == nil && len(children) == 0 {
		err = fault.At("token", fault.New(fault.NotFound, "没有这个令牌。", "There is no such token."))
	}
	return children, err
}

// System is the client program of an agency that asks for its own entries.
type System struct {
	AgencyID int64
	Name     string
}

// Bounds of a reconciliation.
const (
	maxReceipts = 2000
	maxExtra    = 1000
	maxWindow   = 31 * 24 * time.Hour
)

// Difference is how the receipts of a system compare with the log. Missing are those
// that the log does not have for this system in the window, whosever else they may be.
type Difference struct {
	Known, ExtraTotal int
	Missing, Extra    []string
}

// Receipts holds receipts of partners against the log.
type Receipts struct{ DB Database }

// Reconcile compares the receipts that a system hands in for a window with what the
// log has for it. Nothing is told of entries of others: they are missing like forged
// ones. Fault: BadRequest for too much at a time.
func (r Receipts) Reconcile(ctx context.Context, own System, since, until time.Time, entries []string) (Difference, error) {
	if len(entries) > maxReceipts || until.Sub(since) > maxWindow {
		return Difference{}, fault.New(fault.BadRequest,
			"一次最多交来2000个回执，时间段最长31天。", "Hand in at most 2000 receipts for at most 31 days at a time.")
	}
	var ids []string
	for _, e := range entries {
		if isEntry(e) {
			ids = append(ids, e)
		}
	}
	got, err := reconcile(ctx, r.DB, own, since, until, ids)
	if err != nil {
		return Difference{}, err
	}
	has := make(map[string]bool, len(got.Found))
	for _, e := range got.Found {
		has[e] = true
	}
	d := Difference{Known: got.Known, ExtraTotal: got.ExtraTotal, Missing: []string{}, Extra: got.Extra}
	for _, e := range entries {
		if !has[e] {
			has[e] = true // once
			d.Missing = append(d.Missing, e)
		}
	}
	return d, nil
}

// ReconcileFor compares the receipts of a partner's system for an auditor.
// Fault: BadRequest for an agency that there is not, or too much at a time.
func (r Receipts) ReconcileFor(ctx context.Context, agency, system string, w Window, entries []string) (Difference, error) {
	partner, err := systemOf(ctx, r.DB, agency, system)
	if err != nil {
		return Difference{}, err
	}
	return r.Reconcile(ctx, partner, w.Since, w.Until, entries)
}

// Window is a stretch of time, its end not in it.
type Window struct{ Since, Until time.Time }

// entryLength is that of an entry's id in a receipt: 16 bytes in hexadecimal.
const entryLength = 32

// isEntry reports whether a text is an entry's id, in its one spelling.
func isEntry(text string) bool {
	if len(text) != entryLength {
		return false
	}
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
