package disclosure

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Change is one mutation that is asked for.
type Change struct {
	// Mutation is its field of type Mutation.
	Mutation string
	// Key is the client's name for this one change: repeated, it gets the first
	// answer and changes nothing.
	Key string
	// Input is the whole input, by which a key used twice is known.
	Input any
	// Subject is the child, or the record of a child, that is changed; zero where the
	// change is about neither. It must be in the caller's reach, and the mutation's cell
	// is asked with the bases that hold for it.
	Subject Subject
}

// Subject is what a change is about.
type Subject struct {
	// ID is its public id, and Type the type that the id must be of: numbers of two
	// types are no strangers to each other.
	ID, Type string
	// Member of the input is where a wrong one is mended, "" for none.
	Member string
}

// Changed is what a change came to.
type Changed struct {
	// Result is what a repetition is answered with; nil for nothing.
	Result any
	// Reason goes into the entry: a code or the person's own words.
	Reason string
	// Requested are coordinates beside the mutation itself; Disclosures are
	// children that the answer tells of.
	Requested   []string
	Disclosures []audit.Disclosure
}

// Decided is who changes what, once the gate has let it through.
type Decided struct {
	*Access
	// SubjectID is the internal id of the subject, ChildID that of the child it is
	// or belongs to, and Bases what holds for it.
	SubjectID, ChildID int64
	Bases              policy.Bases
}

// changeTime bounds a change, its entry and its commit.
const changeTime = 8 * time.Second

// Change lets one mutation through: policy first, then the work, the key and the
// entry in one transaction, so that none stands without the others. result takes
// what the work returned or, for a repeated key, what it returned then. Faults:
// Forbidden, NotFound, Conflict, whatever work returns, and AuditUnavailable, after
// which the change may or may not stand: repeating it with its key is safe.
func (g *Gate) Change(ctx context.Context, q *Question, a *Access, c Change, result any,
	work func(ctx context.Context, tx postgres.Tx, d Decided) (Changed, error),
) (Receipt, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), changeTime)
	defer cancel()
	input, err := json.Marshal(c.Input)
	if err != nil {
		return Receipt{}, fmt.Errorf("%s: %w", c.Mutation, err)
	}
	k := changeKey{staff: a.Caller.Staff.ID, mutation: c.Mutation, key: c.Key, input: sha256.Sum256(input)}
	d, refused := g.decideChange(ctx, a, c)
	if refused != nil {
		if err := g.unlessMade(ctx, a, k, refused); err != nil {
			return Receipt{}, err
		}
	}
	e := g.entry(q, a)
	e.Outcome, e.Requested = audit.Allowed, []string{"Mutation." + c.Mutation}
	if d.ChildID != 0 {
		e.Disclosures = []audit.Disclosure{{ChildID: d.ChildID, Bases: names(d.Bases)}}
	}
	var got audit.Receipt
	recorded := false
	err = postgres.InTx(ctx, g.DB, func(tx postgres.Tx) error {
		first, err := k.take(ctx, tx)
		if err != nil {
			return err
		}
		switch {
		case first != nil:
			e.Reason = repeated
			err = json.Unmarshal(*first, result)
		case refused != nil:
			return refused
		default:
			err = k.work(ctx, tx, &e, d, result, work)
		}
		if err != nil {
			return err
		}
		got, err = g.Audit.AppendTx(ctx, tx, e)
		recorded = err == nil
		return err
	})
	if err != nil && recorded { // the commit: nobody can say whether it stands
		err = fault.Wrap(fault.AuditUnavailable,
			"此操作是否已完成尚不确定，请用同一个幂等键（key）重试。",
			"Whether this change stands is not certain; repeat it with the same key.", err)
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("%s: %w", c.Mutation, err)
	}
	q.Recorded = got.At
	receipt := receiptOf(a, got, e.Outcome)
	receipt.Children = len(e.Disclosures)
	return receipt, nil
}

// Repeats reports a mutation that the caller has made before under its key. Only such a
// one goes on to Change on a ticket that is closed by now, perhaps by itself.
func (g *Gate) Repeats(ctx context.Context, q *Question, mutation *ast.Field) bool {
	if mutation.Definition == nil {
		return false
	}
	input, _ := mutation.ArgumentMap(q.Vars)["input"].(map[string]any)
	key, _ := input["key"].(string)
	used, err := changeKey{staff: q.Caller.Staff.ID, mutation: mutation.Name, key: key}.used(ctx, g.DB)
	return err == nil && used
}

// unlessMade is the refusal of a change, unless it was made before under its key: what
// ends the work on a child takes the child out of reach and closes its work item, and
// whoever did not get the answer asks again and is told what came of it.
func (g *Gate) unlessMade(ctx context.Context, a *Access, k changeKey, refused error) error {
	code := fault.CodeOf(refused)
	if a.Lapsed != "" || code != fault.NotFound && code != fault.Forbidden && code != fault.TicketInvalid {
		return refused
	}
	made, err := k.made(ctx, g.DB)
	if err != nil {
		return fmt.Errorf("%s: %w", k.mutation, err)
	}
	if !made {
		return refused
	}
	return nil
}

// repeated is the reason in the entry of a change that had been made before.
const repeated = "REPEATED"

// work does the change under its key and notes in e what it came to.
func (k changeKey) work(ctx context.Context, tx postgres.Tx, e *audit.Entry, d Decided, result any,
	work func(ctx context.Context, tx postgres.Tx, d Decided) (Changed, error),
) error {
	done, err := work(ctx, tx, d)
	if err != nil {
		return err
	}
	text, err := json.Marshal(done.Result)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, result); err != nil {
		return err
	}
	e.Reason = done.Reason
	e.Requested = append(e.Requested, done.Requested...)
	e.Disclosures = append(e.Disclosures, done.Disclosures...)
	return k.finish(ctx, tx, text)
}

// decideChange asks the policy whether the caller may change this at all.
func (g *Gate) decideChange(ctx context.Context, a *Access, c Change) (Decided, error) {
	d := Decided{Access: a, Bases: policy.Caller.Bit()}
	if a.Lapsed != "" {
		return d, fault.New(fault.Forbidden,
			"您的岗位、授权或合同当前不在有效期内。", "Your post, its authorisation or the contract is not in force now.")
	}
	if a.closed != nil {
		return d, a.closed
	}
	if c.Key == "" || len(c.Key) > maxKey {
		return d, fault.New(fault.BadRequest,
			"请为此操作给出1到64个字符的幂等键（key）。", "Give this change a key of 1 to 64 characters.")
	}
	if c.Subject != (Subject{}) {
		if _, err := g.IDs.DecodeAs(a.Caller.Agency.Code, c.Subject.ID, c.Subject.Type); err != nil {
			return d, fault.At(c.Subject.Member, err)
		}
		found, err := g.lookup(ctx, a, lookup{id: c.Subject.ID, path: []string{"id"}, all: true})
		if err != nil {
			return d, err
		}
		d.SubjectID, d.ChildID, d.Bases = found.id, found.child, found.bases
	}
	if a.View.Cell("Mutation."+c.Mutation).Form(d.Bases) != policy.Full {
		return d, fault.New(fault.Forbidden,
			"当前岗位与用途不能进行此操作。", "This post may not do this for this purpose.")
	}
	return d, nil
}

// maxKey is the longest key of a change, as in the table.
const maxKey = 64
