package access

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Result is what a change came to.
type Result struct {
	// Type names the record by its type of the schema.
	Type    string
	ID      int64
	State   string
	Version int
}

// Noted is a change of rights as it is kept.
type Noted struct {
	// What is the move; Subject whom or what it was about, in codes.
	What, Subject, Before, After, Reason string
	// By is who did it, Proposal what it rests on; 0 for none.
	By, Proposal int64
	At           time.Time
}

// Note keeps a change: what was before stays to be read.
func Note(ctx context.Context, tx postgres.Tx, n Noted) error { return insertChange(ctx, tx, n) }

// Because is the reason in the entry: the person's words, and what was before.
func Because(n Noted) string {
	was := n.Before
	if was == "" {
		was = "–"
	}
	return n.Reason + "（" + n.Subject + "：" + was + " → " + n.After + "）"
}

// maxReason leaves room in the entry for what was before; the row of the change keeps
// everything.
const maxReason = 100

// Reason refuses one that says nothing.
func Reason(text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < 5 || n > maxReason {
		return "", fault.At("reason", fault.New(fault.BadRequest, "请用5到100字说明理由。", "Give the reason in 5 to 100 characters."))
	}
	return text, nil
}

// Aim is the record that a move is about, in the version that its maker has seen.
type Aim struct {
	ID      int64
	Version int
	Reason  string
}

// done notes a change and says what it came to.
func done(ctx context.Context, tx postgres.Tx, d disclosure.Decided, n Noted, to Result) (disclosure.Changed, error) {
	n.By, n.At = d.Caller.Staff.ID, d.Now
	if err := Note(ctx, tx, n); err != nil {
		return disclosure.Changed{}, err
	}
	return disclosure.Changed{Result: to, Reason: Because(n)}, nil
}

// Gone is the fault for a record that is not there.
func Gone(member string) error {
	return fault.At(member, fault.New(fault.NotFound, "没有这项记录。", "There is no such record."))
}
