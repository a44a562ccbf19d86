package lexicon_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/schema"
)

// TestStands: every coordinate that says that it is the code of somebody, of an agency or
// of a place is called so, in both languages without the word code.
func TestStands(t *testing.T) {
	t.Parallel()
	l, err := lexicon.New(schema.SDL())
	if err != nil {
		t.Fatal(err)
	}
	for coordinate, want := range map[string][3]string{
		"Visit.visitor": {"person", "走访人", "Visitor"}, "AuditEntry.staffCode": {"person", "人员", "Person"}, "AuditEntry.agencyCode": {"agency", "单位", "Agency"},
		"ReviewItem.ruledBy": {"person", "认定人", "Who ruled"}, "TransferRequest.fromArea": {"place", "转出地", "From area"}, "NeedCell.townshipCode": {"place", "镇街", "Township"},
		"Registration.riskConfirmedBy": {"person", "风险确认人", "Who confirmed the risk"}, "ConsultationCase.participants": {"person", "参加人", "Those named"},
		"AccessPost.staffCode": {"", "工号", "Staff code"}, "Division.code": {"", "区划代码", "Administrative code"}, "Child.name": {"", "姓名", "Name"}, "No.such": {"", "No.such", "No.such"},
	} {
		got := [3]string{string(l.Stands(coordinate)), l.Called("zh", coordinate), l.Called("en", coordinate)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", coordinate, diff)
		}
	}
	for _, def := range l.Schema().Types {
		if def.Kind != ast.Object {
			continue
		}
		for _, f := range def.Fields {
			c := def.Name + "." + f.Name
			if l.Stands(c) != lexicon.Plain && strings.Contains(strings.ToLower(l.Called("en", c)), "staff code") {
				t.Errorf("%s is called %q", c, l.Called("en", c))
			}
		}
	}
	if got := []lexicon.Kind{l.Begins("ConsultationCase.granted"), l.Begins("ConsultationCase.assigned"), l.Begins("Child.name"), l.Begins("x")}; !cmp.Equal(got, []lexicon.Kind{lexicon.Person, lexicon.Role, "", ""}) {
		t.Error(got)
	}
}
