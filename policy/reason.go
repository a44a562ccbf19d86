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

func (v *View) reason(group int, b Bases) Reason {
	e := &v.entries[group]
	if e.cell.Form(b) == Full {
		return Reason{}
	}
	loud := b &^ silentBases()
	open := e.cell.Form(loud)
	switch {
	case v.groups.silent[group], open != Withheld && e.cell.Form(b) == Withheld:
		return Reason{Silent: true}
	case loud&e.cell.Deny&Archived.Bit() != 0:
		return Reason{Code: IsArchived}
	case loud&e.cell.Deny != 0 && loud&e.cell.any() != 0:
		return Reason{Code: OutOfRole, Unlock: Text{"已申报利益冲突，请由督导员另行指派", "declared conflict of interest: ask the supervisor to assign someone else"}}
	case open != Withheld:
		return *e.shown
	}
	for _, step := range v.groups.steps[group] {
		if v.entries[step].cell.Form(loud) == Full {
			return Reason{Code: Generalised, Unlock: e.fixed.Unlock}
		}
	}
	return *e.fixed
}

// giveReasons works out, once per view and group, the answers that do not
// depend on the child.
func (p *Policy) giveReasons() {
	r := reasons{
		policy: p, opened: make([]bool, len(p.groups.silent)), grants: grantBases(),
		texts: map[grounds]Text{}, kept: map[Reason]*Reason{},
	}
	for _, v := range p.views {
		for group := range v.entries {
			r.opened[group] = r.opened[group] || v.entries[group].cell.any() != 0
		}
	}
	for _, pair := range p.pairs {
		v := p.views[pair]
		others := p.otherViews(v)
		for group := range v.entries {
			e := &v.entries[group]
			e.fixed = r.keep(r.fixed(v, others, group))
			e.shown = r.keep(r.masked(v, e.cell))
		}
	}
}

// reasons is what giveReasons asks again and again.
type reasons struct {
	policy *Policy
	// opened are the groups that somebody may see for some purpose.
	opened []bool
	// grants is the set of all consultation grants.
	grants Bases
	// texts are the sentences of onBases, each made once.
	texts map[grounds]Text
	// kept are the reasons, each once.
	kept map[Reason]*Reason
}

// keep is the one copy of a reason.
func (r *reasons) keep(reason Reason) *Reason {
	kept, known := r.kept[reason]
	if !known {
		kept = &reason
		r.kept[reason] = kept
	}
	return kept
}

// grounds are bases for a purpose.
type grounds struct {
	purpose Purpose
	bases   Bases
}

func (r *reasons) masked(v *View, c Cell) Reason {
	reason := Reason{Code: IsMasked}
	switch {
	case c.Revealable != 0:
		reason.Unlock = Text{"填写理由后可逐条显示，每次都有记录", "reveal one record with a typed reason; each reveal is recorded"}
	case c.Full != 0:
		reason.Unlock = r.onBases(v.Purpose, c.Full)
	}
	return reason
}

// fixed names the reason for a group that the bases do not open: another basis of
// the same purpose, a consultation grant, another purpose of the role, another
// role, or nobody.
func (r *reasons) fixed(v *View, others []*View, group int) Reason {
	if opens := v.entries[group].cell.any(); opens != 0 {
		if v.Purpose == Consultation && opens&r.grants != 0 {
			return Reason{Code: GrantRequired, Unlock: byGrant()}
		}
		return Reason{Code: NotNeededForPurpose, Unlock: r.onBases(v.Purpose, opens)}
	}
	if !r.opened[group] {
		return Reason{Code: NeverShared}
	}
	// A group with a grant of its own (a T cell), unlike the few that every grant
	// brings along (alias, name, workers).
	if c, ok := r.policy.views[Pair{v.Role, Consultation}]; ok {
		if opens := c.entries[group].cell.any(); opens != 0 && opens != r.grants {
			return Reason{Code: GrantRequired, Unlock: byGrant()}
		}
	}
	for _, other := range others {
		if opens := other.entries[group].cell.any(); opens != 0 {
			return Reason{Code: NotNeededForPurpose, Unlock: r.onBases(other.Purpose, opens)}
		}
	}
	return Reason{Code: OutOfRole}
}

// otherViews lists the role's other purposes; break-glass comes last, because
// nobody should be led to it.
func (p *Policy) otherViews(v *View) []*View {
	var out []*View
	for _, last := range []bool{false, true} {
		for _, pair := range p.pairs {
			if pair.Role == v.Role && pair.Purpose != v.Purpose && (pair.Purpose == Emergency) == last {
				out = append(out, p.views[pair])
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
func (r *reasons) onBases(purpose Purpose, set Bases) Text {
	key := grounds{purpose, set}
	text, known := r.texts[key]
	if !known {
		text = onBases(purpose, set)
		r.texts[key] = text
	}
	return text
}

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
