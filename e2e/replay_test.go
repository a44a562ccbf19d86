package e2e

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/graph"
	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/minimisation"
	"github.com/tongxin-hub/tongxin/internal/replay"
	"github.com/tongxin-hub/tongxin/policy"
	"github.com/tongxin-hub/tongxin/resolvers"
)

// catalog is that of the hub.
func catalog(t *testing.T) *disclosure.Catalog {
	t.Helper()
	c, err := app.Catalog(graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{}}).Schema())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// always is every period.
func always() replay.Period {
	return replay.Period{Since: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// built gives the built-in policy for its own version and none for others.
func built(t *testing.T) (*policy.Policy, replay.Versions) {
	t.Helper()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	return p, func(_ context.Context, version string) (*policy.Policy, error) {
		if version == p.Version() {
			return p, nil
		}
		return nil, nil
	}
}

// TestReplay_pastDecisionsRecompute asks every worked case and holds the whole log,
// the demo's year and these, against the rules: each recorded form is what the
// version in the entry gives, and replaying it against itself changes nothing.
func TestReplay_pastDecisionsRecompute(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	requests, err := filepath.Glob("cases/*/*/*/request.graphql")
	if err != nil || len(requests) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range requests {
		c, q := read(t, h, filepath.Dir(path))
		h.Ask(t, c, q)
	}
	p, versions := built(t)
	wrong, err := replay.Sound(t.Context(), h.DB, always(), catalog(t), versions)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range wrong {
		t.Errorf("%s %s %s %s: recorded %s, computed %s, %d entries", c.Role, c.Purpose, c.Agency, c.Coordinate, c.Before, c.After, c.Entries)
	}
	report, err := replay.Run(t.Context(), h.DB, always(), replay.Rules{Policy: p, Catalog: catalog(t)}, versions)
	if err != nil {
		t.Fatal(err)
	}
	if report.Entries != size(t, h) || report.Replayed < report.Entries/2 || report.Unknown != 0 {
		t.Errorf("%+v", report)
	}
	for _, c := range report.Changes {
		t.Errorf("the policy in force against itself: %+v", c)
	}
}

// TestReplay_saysWhatAProposalChanges replays the demo's year under a policy that
// opens, alters, hangs on a basis nobody looked at, and closes the way to children.
func TestReplay_saysWhatAProposalChanges(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	p, versions := built(t)
	ref := lineOf(t, "p, FE, FAMILY_EDU, enrolled_family, A.ref, ")
	phone := lineOf(t, narrowing)
	change, err := policy.ParseChange([]string{phone, ref}, []string{
		"p, DIR, VISIT, own_village, C.contactPhone, REVEALABLE, allow, 未保法43",
		"p, HT, CLASS_CARE, own_class, C.workplace, FULL, allow, 未保法29",
		"p, HT, CLASS_CARE, own_pupil, C.lastContact:band, FULL, allow, 未保法29",
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := policy.Texts()
	if err != nil {
		t.Fatal(err)
	}
	if text, err = change.Apply(text); err != nil {
		t.Fatal(err)
	}
	next, err := policy.Open(text)
	if err != nil {
		t.Fatal(err)
	}
	report, err := replay.Run(t.Context(), h.DB, always(), replay.Rules{Policy: next, Catalog: catalog(t)}, versions)
	if err != nil {
		t.Fatal(err)
	}
	type key struct{ role, purpose, coordinate, turn string }
	got := map[key]int{}
	for _, c := range report.Changes {
		got[key{c.Role, c.Purpose, c.Coordinate, string(c.Turn)}] += c.Entries
		if c.Persons == 0 || c.Persons > c.Entries || c.Children == 0 {
			t.Errorf("counts: %+v", c)
		}
	}
	count := func(where string) int {
		return int(single[int64](t, h, "SELECT count(*) FROM audit_entry e WHERE outcome IN ('ALLOWED', 'PARTLY_WITHHELD') AND disclosed > 0 AND "+where))
	}
	families := count("operation = 'FamilyFile'")
	want := map[key]int{
		{"DIR", "VISIT", "Guardian.phone", "ALTERS"}:                           count("operation = 'ChildForVisit'"),
		{"DIR", "VISIT", "Caregiver.phone", "ALTERS"}:                          count("operation = 'ChildForVisit'"),
		{"HT", "CLASS_CARE", "Guardian.workplaceCity", "OPENS"}:                count("operation = 'PupilCard'"),
		{"HT", "CLASS_CARE", "Guardianship.lastParentContactBand", "MAY_OPEN"}: count("operation = 'PupilCard'"),
		{"FE", "FAMILY_EDU", "Child.name", "CLOSES"}:                           families,
		{"FE", "FAMILY_EDU", "FamilyEducationRecord.topic", "CLOSES"}:          families,
	}
	for k, n := range want {
		if got[k] != n || n == 0 {
			t.Errorf("%v: %d entries, want %d", k, got[k], n)
		}
	}
	for k := range got {
		if k.role != "DIR" && k.role != "HT" && k.role != "FE" {
			t.Errorf("%v: nobody touched the role", k)
		}
	}
	if p.Version() == next.Version() {
		t.Error("nothing was changed")
	}
}

// TestMinimisation_closesNothingThatWasUsed takes away every line that the meter
// says nothing needed, and replays the year: nobody would have missed anything.
func TestMinimisation_closesNothingThatWasUsed(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	p, versions := built(t)
	q := minimisation.Question{Since: always().Since, Until: always().Until}
	report, err := minimisation.Measure(t.Context(), h.DB, q, p, catalog(t))
	if err != nil {
		t.Fatal(err)
	}
	if report.Entries != size(t, h) || len(report.Unneeded) < 100 || len(report.Unneeded) > len(p.Lines())-100 {
		t.Fatalf("%d entries, %d of %d lines unneeded", report.Entries, len(report.Unneeded), len(p.Lines()))
	}
	text, err := policy.Texts()
	if err != nil {
		t.Fatal(err)
	}
	if text, err = (policy.Change{Remove: report.Unneeded}).Apply(text); err != nil {
		t.Fatal(err)
	}
	next, err := policy.Open(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := replay.Run(t.Context(), h.DB, always(), replay.Rules{Policy: next, Catalog: catalog(t)}, versions)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range again.Changes {
		t.Errorf("%+v", c)
	}
	counts := map[string]minimisation.Right{}
	for _, r := range report.Rights {
		if r.Role == policy.HT && r.Purpose == policy.ClassCare {
			k := counts[r.Coordinate]
			k.Requested, k.Shown, k.Children = k.Requested+r.Requested, k.Shown+r.Shown, k.Children+r.Children
			counts[r.Coordinate] = k
		}
	}
	asked := single[int64](t, h, `SELECT count(*) FROM audit_entry WHERE operation = 'PupilCard' AND purpose = 'CLASS_CARE'`)
	files := single[int64](t, h, `SELECT count(*) FROM audit_entry WHERE operation = 'PupilCard' AND disclosed > 0`)
	want := minimisation.Right{Requested: asked, Shown: files, Children: files}
	if got := counts["Health.schoolNote"]; got != want || files == 0 {
		t.Errorf("school notes: want %+v, got %+v", want, got)
	}
}
