package moving

import (
	_ "embed"
	"encoding/json"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/packet"
)

// Minimum is the document by which the packet of a child is read, for whoever hands it
// over: who the child is, who cares for it, and what is due. All of it is below class L4.
//
//go:embed minimum.graphql
var Minimum string

// file is the answer to it.
type file struct {
	Child struct {
		Name       *string `json:"name"`
		Sex        *string `json:"sex"`
		BirthDate  *string `json:"birthDate"`
		Caregivers []struct {
			Name     *string `json:"name"`
			Relation *string `json:"relation"`
			Phone    *string `json:"phone"`
		} `json:"caregivers"`
		Visits struct {
			Nodes []struct {
				State *string `json:"state"`
				On    *string `json:"plannedOn"`
			} `json:"nodes"`
		} `json:"visits"`
		Plans []struct {
			State *string `json:"state"`
			Due   *string `json:"dueOn"`
		} `json:"supportPlans"`
		Registration struct {
			Due *string `json:"reverifyOn"`
		} `json:"registration"`
	} `json:"child"`
}

// Names of work, as they stand in a packet: what is to be done, never why.
const (
	visitWork    = "走访 · visit"
	planWork     = "帮扶计划 · support plan"
	reverifyWork = "复核登记 · verify anew"
)

// minimum makes what leaves of what the sender was shown. A child of whom the sender may
// not read so much is shielded: nothing of it goes through a hub.
func minimum(data []byte) (packet.Transfer, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return packet.Transfer{}, err
	}
	c := f.Child
	if c.Name == nil || c.Sex == nil || c.BirthDate == nil {
		return packet.Transfer{}, fault.New(fault.Conflict,
			"该儿童的必要信息受保护，不能经枢纽转出，请由个案联系人办理。", "What a packet needs of this child is protected; have the case contact hand it over.")
	}
	t := packet.Transfer{
		Child:      packet.Identity{Name: *c.Name, Sex: *c.Sex, BirthDate: *c.BirthDate},
		Caregivers: []packet.Caregiver{}, Open: []packet.Work{},
	}
	for _, g := range c.Caregivers {
		t.Caregivers = append(t.Caregivers, packet.Caregiver{Name: text(g.Name), Relation: text(g.Relation), Phone: text(g.Phone)})
	}
	open := func(kind string, due, state *string, states ...string) {
		if due != nil && (len(states) == 0 || slices.Contains(states, text(state))) {
			t.Open = append(t.Open, packet.Work{Kind: kind, Due: *due})
		}
	}
	for _, v := range c.Visits.Nodes {
		open(visitWork, v.On, v.State, "PLANNED", "ASSIGNED", "NOT_AT_HOME", "CHILD_NOT_SEEN")
	}
	for _, p := range c.Plans {
		open(planWork, p.Due, p.State, "PROPOSED", "RETURNED", "OPEN")
	}
	open(reverifyWork, c.Registration.Due, nil)
	return t, nil
}

// text is a value, or nothing where none was shown.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
