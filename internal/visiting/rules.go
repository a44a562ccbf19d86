package visiting

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// topicsDue is what a visit in a month has to talk about: drowning from June to
// August, the care agreement in January and February, while parents are at home.
func topicsDue(month time.Month) []string {
	switch {
	case month >= time.June && month <= time.August:
		return []string{"DROWNING"}
	case month <= time.February:
		return []string{"CARE_AGREEMENT"}
	}
	return nil
}

// remote reports whether nobody went to the door.
func remote(mode string) bool { return mode == "PHONE" || mode == "VIDEO" }

// summer is when many children are with their parents: then a call counts.
func summer(month time.Month) bool { return month == time.July || month == time.August }

// checkMode refuses a second focus visit in a row that is not made in person.
func (s standing) checkMode(ctx context.Context, tx postgres.Tx, mode string, visited time.Time) error {
	if s.Kind != "FOCUS_VISIT" || !remote(mode) || summer(visited.Month()) {
		return nil
	}
	before, err := lastFocusMode(ctx, tx, s)
	if err != nil {
		return fmt.Errorf("focus visit before: %w", err)
	}
	if !remote(before) {
		return nil
	}
	return fault.At("mode", fault.New(fault.BadRequest,
		"上一次重点走访已用电话或视频，本次须当面走访。", "The focus visit before was by phone or video; this one has to be made in person."))
}

// checkComplete refuses to hand in a record that says too little.
func (s standing) checkComplete() error {
	for _, member := range []struct {
		name string
		open bool
	}{
		{"informantRelation", !s.Informant},
		{"livingRating", !s.Living},
		{"familyRating", !s.Family},
		{"guardianshipRating", !s.Guardianship},
		{"mentalRating", !s.Mental},
	} {
		if member.open {
			return fault.At(member.name, fault.New(fault.BadRequest,
				"提交前须填写问询对象和四项状况。", "Fill in the informant and the four conditions before you submit."))
		}
	}
	if !s.Seen && s.Mode != "PHONE" {
		return fault.At("childSeen", fault.New(fault.BadRequest,
			"没有见到儿童，请用 childNotSeen 记录并在期限内复访。", "The child was not seen: use childNotSeen and visit again in time."))
	}
	if due := topicsDue(s.Visited.Month()); slices.Contains(due, "DROWNING") && !slices.Contains(s.Topics, "DROWNING") {
		return fault.At("topics", fault.New(fault.BadRequest,
			"6至8月每次走访必须谈防溺水。", "From June to August every visit has to talk about drowning."))
	}
	return nil
}

// checkCompany demands a second visitor where one alone is not enough: for a child
// whose risk is red, and where the visitor is kin.
func (s standing) checkCompany() error {
	if s.Second != 0 && s.Second != s.Visitor {
		return nil
	}
	if s.Kin || s.Kind == "FOCUS_VISIT" && s.Risk == "RED" && !remote(s.Mode) {
		return fault.At("secondVisitor", fault.New(fault.BadRequest,
			"高风险或有亲属关系的走访须两人同行，请填写同行人。", "Two have to go where the risk is red or the visitor is kin; name the second visitor."))
	}
	return nil
}

// red reports whether somebody has to call on the same day: the visitor thinks that
// the risk is red, or finds what a child at such a risk must not be left with.
func (s standing) red() bool {
	grave := slices.ContainsFunc(s.Concerns, func(c string) bool {
		return c == "RIGHTS_VIOLATED" || c == "MENTAL" || c == "FAMILY_CHANGE"
	})
	return s.Suggested == "RED" || s.Risk == "RED" && grave
}
