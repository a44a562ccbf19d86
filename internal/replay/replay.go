package replay

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Period is from when until when, the end left out.
type Period struct{ Since, Until time.Time }

// Change is what would have been otherwise for one role, purpose and agency with
// one coordinate, and how often.
type Change struct {
	Role, Purpose, Agency, Coordinate string
	Turn                              policy.Turn
	Before, After                     policy.Form
	// Persons, Entries and Children are how many different ones.
	Persons, Entries, Children int
}

// Report is what another policy would have done to a period.
type Report struct {
	// Entries of the period; Replayed are those that were decided again.
	Entries, Replayed int64
	// Refused and NotFound were not answered; Destroyed have no detail any more;
	// Unknown were decided by a version whose text is not kept here.
	Refused, NotFound, Destroyed, Unknown int64
	Changes                               []Change
}

// Versions gives the rules of a version that is or was in force; nil where its text
// is not kept or cannot be read any more.
type Versions func(ctx context.Context, version string) (*policy.Policy, error)

// Run replays the accesses of a period under other rules.
func Run(ctx context.Context, db postgres.Beginner, p Period, rules Rules, versions Versions) (Report, error) {
	var report Report
	err := inRead(ctx, db, func(tx postgres.Tx) error {
		list, ways, err := load(ctx, tx, p)
		if err != nil {
			return err
		}
		then, err := versionsOf(ctx, list, versions)
		if err != nil {
			return err
		}
		report = count(ways, then)
		found := findings{}
		for i, a := range list {
			if !a.answered() || then[a.version] == nil {
				continue
			}
			for _, t := range rules.turns(a, Rules{then[a.version], rules.Catalog}) {
				found.add(a, t, i)
			}
		}
		report.Changes, err = found.changes(ctx, tx, p, list)
		return err
	})
	if err != nil {
		return Report{}, fmt.Errorf("replay: %w", err)
	}
	report.Replayed = report.Entries - report.Refused - report.NotFound - report.Destroyed - report.Unknown
	return report, nil
}

// versionsOf are the policies that decided, nil for those that are not to be had.
func versionsOf(ctx context.Context, list []*asked, versions Versions) (map[string]*policy.Policy, error) {
	out := map[string]*policy.Policy{}
	for _, a := range list {
		if _, known := out[a.version]; known || a.version == "" { // about the hub itself: nothing was decided
			continue
		}
		p, err := versions(ctx, a.version)
		if err != nil {
			return nil, err
		}
		out[a.version] = p
	}
	return out, nil
}

// findings are the askings behind each change, by place in the list.
type findings map[Change][]int

func (f findings) add(a *asked, t turned, place int) {
	key := Change{
		Role: a.role, Purpose: a.purpose, Agency: a.agency, Coordinate: t.coordinate,
		Turn: t.turn, Before: t.before, After: t.after,
	}
	f[key] = append(f[key], place)
}

// changes counts who and what stands behind each finding.
func (f findings) changes(ctx context.Context, tx postgres.Tx, p Period, list []*asked) ([]Change, error) {
	affected := map[int]bool{}
	for _, places := range f {
		for _, place := range places {
			affected[place] = true
		}
	}
	behind, err := loadBehind(ctx, tx, p, list, affected)
	if err != nil {
		return nil, err
	}
	out := make([]Change, 0, len(f))
	for c, places := range f {
		c.Persons, c.Entries, c.Children = behind.count(places)
		out = append(out, c)
	}
	slices.SortFunc(out, compareChanges)
	return out, nil
}

func compareChanges(a, b Change) int {
	return cmp.Or(
		cmp.Compare(a.Role, b.Role), cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.Agency, b.Agency),
		cmp.Compare(a.Coordinate, b.Coordinate), cmp.Compare(a.Turn, b.Turn), cmp.Compare(a.Before, b.Before), cmp.Compare(a.After, b.After),
	)
}
