package watch_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/watch"
	"github.com/tongxin-hub/tongxin/policy"
	"github.com/tongxin-hub/tongxin/schema"
)

// TestExplanation_knowsEveryBasis: a basis that is new must be said to be a work item
// or standing jurisdiction, or it explains nothing.
func TestExplanation_knowsEveryBasis(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	standing := []policy.Basis{policy.OwnVillage, policy.OwnTownship, policy.CompulsoryAge, policy.OwnSchool, policy.OwnPupil, policy.Resident, policy.OwnAgency}
	nothing := []policy.Basis{policy.Caller, policy.Conflict, policy.ShieldAddress, policy.ShieldFull, policy.GuardianSuspect, policy.Archived}
	for _, b := range policy.AllBases() {
		want := "WORK_ITEM"
		switch {
		case slices.Contains(standing, b):
			want = "STANDING"
		case slices.Contains(nothing, b):
			want = "NONE"
		}
		var alone, ticketed string
		if err := db.QueryRow(t.Context(), `SELECT explanation(explained_by(ARRAY['caller', $1], '')), explanation(explained_by(ARRAY['caller', $1], 'T-1'))`,
			string(b)).Scan(&alone, &ticketed); err != nil {
			t.Fatal(err)
		}
		if alone != want || ticketed != "WORK_ITEM" {
			t.Errorf("%s explains %s, with a ticket %s; want %s: say so in explained_by", b, alone, ticketed, want)
		}
	}
}

// TestRules_areThoseOfTheSchema: the enum that auditors filter by is the list of rules.
func TestRules_areThoseOfTheSchema(t *testing.T) {
	t.Parallel()
	var want, got []string
	block := regexp.MustCompile(`(?s)enum ReviewRule \{(.*?)\n\}`).FindStringSubmatch(schema.SDL())[1]
	for _, value := range regexp.MustCompile(`(?m)^  ([A-Z]\w+)$`).FindAllStringSubmatch(block, -1) {
		want = append(want, value[1])
	}
	for _, r := range watch.Rules() {
		got = append(got, r.Code)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("schema/ (-) and rules (+):\n%s", diff)
	}
}
