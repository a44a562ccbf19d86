package policy

import (
	"slices"
	"strings"
)

// Reason says why a coordinate was not shown in full.
type Reason struct {
	// Code is empty when the coordinate is shown in full.
	Code ReasonCode
	// Silent: the coordinate must look unknown; Code is empty and nothing of it
	// may appear in a receipt.
	Silent bool
	// Unlock says which ticket, stage or purpose would open it.
	Unlock Text
}

// Reason says why the view does not show a coordinate in full on these bases.
// A silent basis never changes the answer for what would not have been shown
// anyway, so that nobody can find a shield by comparing receipts.
func (v *View) Reason(coordinate string, b Bases) Reason {
	return v.GroupReason(v.groupOf[coordinate], b)
}

// Reason is View.Reason under the name of the policy.
func (p *Policy) Reason(v *View, coordinate string, b Bases) Reason { return v.Reason(coordinate, b) }

func (e *entry) reason(b Bases) Reason {
	if e.cell.Form(b) == Full {
		return Reason{}
	}
	loud := b &^ silentBases()
	open := e.cell.Form(loud)
	switch {
	case e.silent, open != Withheld && e.cell.Form(b) == Withheld:
		return Reason{Silent: true}
	case loud&e.cell.Deny&Archived.Bit() != 0:
		return Reason{Code: IsArchived}
	case loud&e.cell.Deny != 0 && loud&e.cell.any() != 0:
		return Reason{Code: OutOfRole, Unlock: Text{"已申报利益冲突，请由督导员另行指派", "declared conflict of interest: ask the supervisor to assign someone else"}}
	case open != Withheld:
		return e.shown
	}
	for _, step := range e.steps {
		if step.cell.Form(loud) == Full {
			return Reason{Code: Generalised, Unlock: e.fixed.Unlock}
		}
	}
	return e.fixed
}

// giveReasons works out, once per view and group, the answers that do not
// depend on the child.
func (p *Policy) giveReasons() {
	for _, pair := range p.pairs {
		v := p.views[pair]
		for group, e := range v.entries {
			e.fixed = p.fixedReason(v, group)
			e.shown = maskedReason(v, e.cell)
		}
	}
}

func maskedReason(v *View, c Cell) Reason {
	r := Reason{Code: IsMasked}
	switch {
	case c.Revealable != 0:
		r.Unlock = Text{"填写理由后可逐条显示，每次都有记录", "reveal one record with a typed reason; each reveal is recorded"}
	case c.Full != 0:
		r.Unlock = onBases(v.Purpose, c.Full)
	}
	return r
}

// fixedReason names the reason for a group that the bases do not open: another
// basis of the same purpose, a consultation grant, another purpose of the
// role, another role, or nobody.
func (p *Policy) fixedReason(v *View, group string) Reason {
	if c := v.entries[group].cell; c.any() != 0 {
		if v.Purpose == Consultation && c.any()&grantBases() != 0 {
			return Reason{Code: GrantRequired, Unlock: byGrant()}
		}
		return Reason{Code: NotNeededForPurpose, Unlock: onBases(v.Purpose, c.any())}
	}
	if p.opens(Pair{v.Role, Consultation}, group) && p.byGrantAlone(v.Role, group) {
		return Reason{Code: GrantRequired, Unlock: byGrant()}
	}
	for _, pair := range p.otherPairs(v) {
		if p.opens(pair, group) {
			return Reason{Code: NotNeededForPurpose, Unlock: onBases(pair.Purpose, p.views[pair].entries[group].cell.any())}
		}
	}
	for _, pair := range p.pairs {
		if p.opens(pair, group) {
			return Reason{Code: OutOfRole}
		}
	}
	return Reason{Code: NeverShared}
}

func (p *Policy) opens(pair Pair, group string) bool {
	v, ok := p.views[pair]
	return ok && v.entries[group].cell.any() != 0
}

// byGrantAlone tells a group that has a grant of its own (a T cell) from the
// few that every grant brings along (alias, name, workers).
func (p *Policy) byGrantAlone(role Role, group string) bool {
	return p.views[Pair{role, Consultation}].entries[group].cell.any() != grantBases()
}

// otherPairs lists the role's other purposes; break-glass comes last, because
// nobody should be led to it.
func (p *Policy) otherPairs(v *View) []Pair {
	var out []Pair
	for _, last := range []bool{false, true} {
		for _, pair := range p.pairs {
			if pair.Role == v.Role && pair.Purpose != v.Purpose && (pair.Purpose == Emergency) == last {
				out = append(out, pair)
			}
		}
	}
	return out
}

// grantBases is the set of all consultation grants.
func grantBases() Bases {
	var set Bases
	for _, b := range AllBases() {
		if strings.HasPrefix(string(b), grantPrefix) {
			set |= b.Bit()
		}
	}
	return set
}

func byGrant() Text {
	return Text{"须经会商取得限时授权（适时协商）", "needs a time-boxed consultation grant"}
}

// onBases says in words: for this purpose, on one of these bases.
func onBases(purpose Purpose, set Bases) Text {
	var zh, en []string
	for _, b := range set.List() {
		t := b.Text()
		zh, en = append(zh, t.ZH), append(en, t.EN)
	}
	const most = 3
	zh, en = slices.Clip(zh), slices.Clip(en)
	if len(zh) > most {
		zh, en = append(zh[:most], "…"), append(en[:most], "…")
	}
	return Text{
		ZH: "目的 " + string(purpose) + "，依据：" + strings.Join(zh, "、"),
		EN: "purpose " + string(purpose) + ", on: " + strings.Join(en, "; "),
	}
}
