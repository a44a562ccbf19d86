package e2e

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// groupsOfGrants are the groups that a grant may name (domain rule 5.5).
var groupsOfGrants = map[string]policy.Basis{
	"B.unattendedReason": "grant_unattendedReason", "B.adoption": "grant_adoption", "C.parentCircumstance": "grant_parentCircumstance",
	"C.assessmentItems": "grant_assessmentItems", "D.narrative": "grant_narrative", "D.attachments": "grant_attachments",
	"E.notInSchool": "grant_notInSchool", "E.absentRun": "grant_absentRun", "E.absenceCategory": "grant_absenceCategory",
	"E.dropout": "grant_dropout", "F.level": "grant_level", "H.rightsCase": "grant_rightsCase", "I.narrative": "grant_reportNarrative", "I.custody": "grant_custody",
}

// carriers are the lists that lead to the records of a group; without them a
// grant would be worth nothing.
var carriers = map[string][]string{
	"D.narrative": {"Child.visits"}, "D.attachments": {"Child.visits"}, "C.assessmentItems": {"Child.assessments"},
	"C.parentCircumstance": {"Child.guardians"}, "I.narrative": {"Child.reports"},
}

// TestGrants_openExactlyTheirGroup gives every role every grant that it may
// have, and asks for the whole file of a marked child: the group comes back,
// what every grant brings along comes back, and nothing else.
func TestGrants_openExactlyTheirGroup(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	child := demo.Hewan
	list := canaries(t, h)
	plant(t, h, list, child)
	tried := 0
	for role, agency := range map[string]string{"SUP": "ZJ002", "DPS": "JY", "PSY": "JY", "FE": "FL", "RP": "FL", "CM": "MZ"} {
		view, err := p.View(policy.Role(role), policy.Consultation)
		if err != nil {
			t.Fatal(err)
		}
		c := give(t, h, hire(t, h, post{agency: agency, role: role, purpose: "CONSULTATION"}), "GRANT", child)
		for group, basis := range groupsOfGrants {
			if view.GroupCell(group).Full&basis.Bit() == 0 {
				continue
			}
			tried++
			change(t, h, `DELETE FROM disclosure_grant WHERE child_id = $1`, child)
			change(t, h, `INSERT INTO disclosure_grant (child_id, field, granted_from, granted_to, grantee_id) VALUES ($1, $2, '2026-11-20', '2026-11-25', $3)`, child, group, staffID(t, h, c))
			opened := openedBy(t, h, c, child, view, list)
			inGroup := 0
			for coordinate := range opened {
				if p.Group(coordinate) == group || strings.HasPrefix(p.Group(coordinate), group+":") {
					inGroup++
				} else if view.Cell(coordinate).Full&basis.Bit() == 0 && !slices.Contains(carriers[group], coordinate) {
					t.Errorf("%s with a grant on %s reads %s (%s)", role, group, coordinate, p.Group(coordinate))
				}
			}
			if inGroup == 0 {
				t.Errorf("%s with a grant on %s reads nothing of it, only %v", role, group, opened)
			}
		}
	}
	if tried < 15 {
		t.Errorf("only %d grants tried", tried)
	}
}

// openedBy is what of a child's file is on record as shown to a caller; every
// marker in the answers must be of it.
func openedBy(t *testing.T, h *hubtest.Hub, c demo.Caller, child int64, view *policy.View, list []canary) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, portion := range portions() {
		got := look(t, h, c, child, text(portion))
		for coordinate := range last(t, h).Shown[child] {
			out[coordinate] = true
		}
		permitted := permittedMarkers(t, h, view, portion, list, child)
		for _, x := range list {
			if bytes.Contains(got.Body, []byte(x.marker)) && !permitted[x.marker] {
				t.Errorf("%s: %s comes back", c.Role, fmt.Sprint(x.table, ".", x.column))
			}
		}
	}
	return out
}
