package replay

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Verdict says how the record of a coordinate compares with the rules.
type Verdict string

// The verdicts. Only Differs says that record and rules do not agree.
const (
	// Same: the record holds what the rules give.
	Same Verdict = "SAME"
	// NoRecord: the rules would have shown it, and there was nothing to show.
	NoRecord Verdict = "NO_RECORD"
	// OneRecord: the rules give more on a basis of one record, which held for
	// another record of the child.
	OneRecord Verdict = "ONE_RECORD"
	// WasRevealed: one masked value was opened with a typed reason.
	WasRevealed Verdict = "REVEALED"
	// Differs: the record says otherwise than the rules.
	Differs Verdict = "DIFFERS"
)

// Judged is one coordinate of an entry, decided again.
type Judged struct {
	Coordinate string
	// Recorded is the form in the log, Computed the form by the rules.
	Recorded, Computed policy.Form
	Verdict            Verdict
	// Reason is the code that the entry gives for what was not shown in full.
	Reason string
	// Lines are the policy lines that decide.
	Lines []policy.Line
}

// Explanation is what one entry showed of children that were shown alike.
type Explanation struct {
	Bases []string
	// Children were shown so; 0: the entry is about no child.
	Children int
	Judged   []Judged
}

// Explained is an entry decided again under the version that it names.
type Explained struct {
	Sequence                       int64
	At                             time.Time
	Role, Purpose, Agency, Outcome string
	Version                        string
	Explanations                   []Explanation
}

// Explain decides one entry again under the version that it names. Faults: NotFound
// where there is no such entry or its detail was destroyed, Conflict where the text
// of its version is not kept.
func Explain(ctx context.Context, db postgres.Beginner, entry string, catalog *disclosure.Catalog, versions Versions) (Explained, error) {
	id, err := uuid.Parse(entry)
	if err != nil {
		return Explained{}, noEntry()
	}
	var out Explained
	err = inRead(ctx, db, func(tx postgres.Tx) error {
		list, sequence, at, err := loadEntry(ctx, tx, id)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return noEntry()
		}
		first := list[0]
		out = Explained{
			Sequence: sequence, At: at, Role: first.role, Purpose: first.purpose, Agency: first.agency,
			Outcome: first.outcome, Version: first.version,
		}
		rules, err := versions(ctx, first.version)
		if err != nil {
			return err
		}
		if rules == nil {
			return fault.New(fault.Conflict, "该记录所依据的政策版本没有留存文本。", "The text of the policy version that this entry names is not kept.")
		}
		for _, a := range list {
			e, err := Rules{rules, catalog}.explain(a)
			if err != nil {
				return err
			}
			out.Explanations = append(out.Explanations, e)
		}
		return nil
	})
	if err != nil {
		return Explained{}, fmt.Errorf("explain entry: %w", err)
	}
	return out, nil
}

func noEntry() error {
	return fault.New(fault.NotFound, "没有这条访问记录，或其明细已按期销毁。", "There is no such entry, or its detail was destroyed on schedule.")
}

// explain judges each coordinate and finds the lines that decide. An entry that was
// refused or found nobody has none.
func (r Rules) explain(a *asked) (Explanation, error) {
	e := Explanation{Bases: a.bases}
	if a.child {
		e.Children = int(a.entries)
	}
	if !a.answered() {
		return e, nil
	}
	q := a.asking()
	for _, j := range r.judge(a) {
		if _, err := r.Policy.View(a.pair().Role, a.pair().Purpose); err == nil {
			why, err := r.Policy.Explain(a.pair(), j.Coordinate, q.Bases)
			if err != nil {
				return e, err
			}
			j.Lines = why.Matched
		}
		e.Judged = append(e.Judged, j)
	}
	return e, nil
}

// judge compares record and rules, coordinate by coordinate.
func (r Rules) judge(a *asked) []Judged {
	q := a.asking()
	d := r.decide(a.pair(), q)
	var out []Judged
	for _, coordinate := range q.Coordinates {
		recorded, shown := a.shown[coordinate]
		j := Judged{Coordinate: coordinate, Recorded: recorded, Computed: d.forms[coordinate], Reason: a.withheld[coordinate]}
		switch {
		case !a.child && j.Computed == policy.Full && j.Reason == "": // entries do not say more of the hub's own records
			j.Recorded, j.Verdict = j.Computed, Same
		case !a.child && j.Computed != policy.Full:
			j.Verdict = NoRecord // on which bases a record was found, if any, is not kept
		case recorded == j.Computed:
			j.Verdict = Same
		case a.outcome == audit.Revealed && recorded == policy.Full && j.Computed == policy.Revealable:
			j.Verdict = WasRevealed
		case !shown:
			j.Verdict = NoRecord
		case recorded < j.Computed && r.lesser(a, q, coordinate) <= recorded:
			j.Verdict = OneRecord
		default:
			j.Verdict = Differs
		}
		out = append(out, j)
	}
	return out
}

// lesser is the form without the bases of single records.
func (r Rules) lesser(a *asked, q disclosure.Asking, coordinate string) policy.Form {
	q.Bases &^= disclosure.RecordBases()
	return r.decide(a.pair(), q).forms[coordinate]
}

// Sound holds all entries of a period against the rules that they name and lists
// the coordinates that differ, by role, purpose and agency. Nothing should.
func Sound(ctx context.Context, db postgres.Beginner, p Period, catalog *disclosure.Catalog, versions Versions) ([]Change, error) {
	var out []Change
	err := inRead(ctx, db, func(tx postgres.Tx) error {
		list, _, err := load(ctx, tx, p)
		if err != nil {
			return err
		}
		then, err := versionsOf(ctx, list, versions)
		if err != nil {
			return err
		}
		for _, a := range list {
			if !a.answered() || then[a.version] == nil || a.role == "" {
				continue
			}
			for _, j := range (Rules{then[a.version], catalog}).judge(a) {
				if j.Verdict == Differs {
					out = append(out, Change{
						Role: a.role, Purpose: a.purpose, Agency: a.agency, Coordinate: j.Coordinate,
						Turn: policy.Alters, Before: j.Recorded, After: j.Computed, Entries: int(a.entries),
					})
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("hold the log against its rules: %w", err)
	}
	return out, nil
}
