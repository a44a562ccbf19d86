package disclosure

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/policy"
)

// Receipt is what the caller learns about its own operation, in
// extensions.disclosure. What is shielded, sealed or embargoed is not in it.
type Receipt struct {
	Entry         string `json:"entry"`
	Sequence      string `json:"sequence"`
	At            string `json:"at"`
	PolicyVersion string `json:"policyVersion"`
	Purpose       string `json:"purpose"`
	Ticket        string `json:"ticket,omitempty"`
	Role          string `json:"role"`
	LegalBasis    string `json:"legalBasis"`
	Outcome       string `json:"outcome"`
	// Children of whom something was told; a filtered page also tells of the first
	// child beyond it, by saying that more follow.
	Children int         `json:"children"`
	Withheld []Shortfall `json:"withheld"`
	Masked   []Shortfall `json:"masked"`
	// Truncated are bounded lists that were cut: ask for less, or page.
	Truncated []string `json:"truncated,omitempty"`
}

// Shortfall is a coordinate that was not shown in full, how often and why.
type Shortfall struct {
	Coordinate string `json:"coordinate"`
	Form       string `json:"form,omitempty"`
	Reason     string `json:"reason"`
	Count      int    `json:"count"`
	// Unlock says in both languages what would open it, if anything does.
	Unlock *Sentence `json:"unlock,omitempty"`
}

// Sentence is a text for people in both languages of the hub.
type Sentence struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

func receiptOf(a *Access, got audit.Receipt, outcome string) Receipt {
	r := Receipt{
		Entry: got.EntryID, Sequence: strconv.FormatInt(got.Sequence, 10), Outcome: outcome,
		At:       china(got.At).Format("2006-01-02T15:04:05.000Z07:00"),
		Withheld: []Shortfall{}, Masked: []Shortfall{},
	}
	if a != nil {
		r.PolicyVersion, r.Role, r.LegalBasis = a.PolicyVersion, a.Post.Role, a.LegalBasis
		r.Purpose, r.Ticket = string(a.View.Purpose), a.Ticket.Code
	}
	return r
}

// receipt sums up what the written objects did not show in full.
func (a *account) receipt() Receipt {
	counts := map[Shortfall]int{}
	unlocks := map[Shortfall]policy.Text{}
	m := &a.plan.memo
	m.Lock()
	for _, f := range a.faces {
		for _, s := range m.face(a, f.faceKey).short {
			line := Shortfall{Coordinate: s.coordinate, Reason: string(s.reason.Code)}
			if s.form != policy.Withheld {
				line.Form = s.form.String()
			}
			counts[line] += f.n
			unlocks[line] = s.reason.Unlock
		}
	}
	m.Unlock()
	r := Receipt{Withheld: []Shortfall{}, Masked: []Shortfall{}}
	for line, n := range counts {
		text := unlocks[line]
		line.Count = n
		if text != (policy.Text{}) {
			line.Unlock = &Sentence{text.ZH, text.EN}
		}
		if line.Form == "" {
			r.Withheld = append(r.Withheld, line)
		} else {
			r.Masked = append(r.Masked, line)
		}
	}
	slices.SortFunc(r.Withheld, byCoordinate)
	slices.SortFunc(r.Masked, byCoordinate)
	for name := range a.truncated {
		r.Truncated = append(r.Truncated, name)
	}
	slices.Sort(r.Truncated)
	return r
}

func byCoordinate(x, y Shortfall) int {
	return cmp.Or(cmp.Compare(x.Coordinate, y.Coordinate), cmp.Compare(x.Reason, y.Reason))
}

// audited is the part of a receipt that the audit entry keeps.
func (r Receipt) audited() []audit.Withheld {
	var out []audit.Withheld
	for _, s := range slices.Concat(r.Withheld, r.Masked) {
		out = append(out, audit.Withheld{Coordinate: s.Coordinate, Reason: s.Reason})
	}
	return out
}
