package resolvers

import (
	"context"
	"time"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/accesslog"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// translateToken turns a token into the auditor's pseudonyms. The children stand in
// the entry, with the reason in words.
func (r *Resolver) translateToken(ctx context.Context, in model.TranslateTokenInput) (*model.TranslateTokenPayload, error) {
	var children []string
	c := disclosure.Change{Mutation: "translateToken", Key: in.Key, Input: in}
	m, err := r.change(ctx, c, &children, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		if message := badStatement(in.Statement); message != "" {
			return disclosure.Changed{}, fault.At("statement", fault.New(fault.BadRequest, message, "Write 10 to 200 characters, without long numbers."))
		}
		found, err := accesslog.Translate(ctx, tx, accesslog.Token{Agency: in.AgencyCode, Kind: string(in.Kind), Hex: in.Token})
		return r.pseudonyms(d, found, in.Statement), err
	})
	if err != nil {
		return nil, err
	}
	return &model.TranslateTokenPayload{Children: children, Entry: m.Entry, UserErrors: m.UserErrors}, nil
}

// pseudonyms names children as the caller's agency knows them, and records each.
func (r *Resolver) pseudonyms(d disclosure.Decided, children []int64, reason string) disclosure.Changed {
	ids := make([]string, len(children))
	out := disclosure.Changed{Reason: reason, Result: ids}
	shown := audit.NewSet([]audit.Shown{{Coordinate: "Mutation.translateToken", Form: "FULL"}})
	for i, child := range children {
		ids[i] = r.Gate.IDs.Encode(d.Caller.Agency.Code, "Child", child)
		out.Disclosures = append(out.Disclosures, audit.Disclosure{ChildID: child, Bases: []string{"caller"}, Shown: shown})
	}
	return out
}

// reconcileReceipts holds receipts against the entries of the system that asks.
func (r *Resolver) reconcileReceipts(ctx context.Context, entries []string, since, until string) (*model.ReceiptReconciliation, error) {
	w, err := window(since, until)
	if err != nil {
		return nil, err
	}
	caller := operation(ctx).Question.Caller
	own := accesslog.System{AgencyID: caller.Agency.ID, Name: caller.System}
	return reconciled(r.Receipts.Reconcile(ctx, own, w.Since, w.Until, entries))
}

// handedIn are the receipts of a partner that an auditor looks at.
type handedIn struct {
	agency, system string
	entries        []string
	since, until   string
}

// reconcilePartner holds receipts of a partner against the log, for an auditor.
func (r *Resolver) reconcilePartner(ctx context.Context, h handedIn) (*model.ReceiptReconciliation, error) {
	if _, err := standing(ctx); err != nil {
		return nil, err
	}
	w, err := window(h.since, h.until)
	if err != nil {
		return nil, err
	}
	return reconciled(r.Receipts.ReconcileFor(ctx, h.agency, h.system, w, h.entries))
}

func reconciled(d accesslog.Difference, err error) (*model.ReceiptReconciliation, error) {
	if err != nil {
		return nil, err
	}
	return &model.ReceiptReconciliation{Known: d.Known, Missing: d.Missing, Extra: d.Extra, ExtraTotal: d.ExtraTotal}, nil
}

func window(since, until string) (w accesslog.Window, err error) {
	if w.Since, err = momentOf(since); err != nil {
		return w, err
	}
	w.Until, err = momentOf(until)
	return w, err
}

// momentOf reads an argument of type DateTime.
func momentOf(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fault.Wrap(fault.BadRequest, "时刻须写作 RFC 3339 格式。", "Write instants as in RFC 3339.", err)
	}
	return at, nil
}
