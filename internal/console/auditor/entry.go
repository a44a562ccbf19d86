package auditor

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/words"
	"github.com/tongxin-hub/tongxin/policy"
)

// logEntry is an entry as the log has it.
type logEntry = operations.ConsoleLogEntryAuditEntriesAuditEntryConnectionNodesAuditEntry

// named is a coordinate and what became of it.
type named struct{ Field, Form string }

// numbered is a link without a name of its own.
type numbered struct {
	Number int
	Link   string
}

// alike are the children of whom an entry showed the same on the same bases.
type alike struct {
	Children           int
	Links              []numbered
	Bases, Explanation string
	By                 string
	Shown              []named
	Cut                int
}

// judgement is the entry decided again.
type judgement struct {
	Version string
	Differ  int
	Judged  []judged
	Cut     int
	// Refused is why there is none.
	Refused string
}

type judged struct {
	Field, Bases, Recorded, Computed, Verdict string
	Lines                                     []string
}

type entryPage struct {
	Sequence, Outcome, Person string
	Facts                     []fact.Fact
	Alike                     []alike
	Withheld                  []named
	Decision                  judgement
	Proof                     checked
	// Unproven is why there is no proof.
	Unproven string
}

// most bounds what one page shows of a long entry.
const most = 60

// showEntry is one entry of the log: what it says, what the rules give today on what it
// recorded, and its place in the signed tree, recomputed here.
func showEntry(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	e, err := entryOf(v, h.Of)
	if !v.OK(err) {
		return
	}
	id := page.Text(e.EntryId)
	body := entryPage{Sequence: page.Text(e.Sequence), Outcome: code(e.Outcome), Person: whom(v, page.Text(e.StaffCode), page.Text(e.AgencyCode)), Facts: entryFacts(v, e), Alike: disclosed(v, e)}
	for _, w := range e.Withheld {
		coordinate, reason, _ := strings.Cut(w, ":")
		body.Withheld = append(body.Withheld, named{field(v, coordinate), v.Reader(ask.Receipt{}).Reason(reason)})
	}
	body.Decision = decided(v, id)
	proof, err := operations.ConsoleEntryProof(v.Context(), v.Hub(nil), id)
	switch refusal := refused(v.Lang, err); {
	case refusal != "":
		body.Unproven = refusal
	case !v.OK(err):
		return
	case proof.EntryProof != nil:
		body.Proof = check(proof.EntryProof, body.Sequence, id)
	}
	v.Show("entry", page.View{Body: body})
}

// entryOf finds an entry by its id, or by who made it when.
func entryOf(v *page.Visit, of map[string]string) (*logEntry, error) {
	var filter operations.AuditEntryFilter
	if id := of["entry"]; id != "" {
		filter.EntryId = &id
	} else {
		at, err := time.Parse(time.RFC3339, of["at"])
		if err != nil {
			return nil, page.NotFound()
		}
		staff, since, until := of["staff"], of["at"], at.Add(time.Millisecond).Format("2006-01-02T15:04:05.000Z07:00")
		filter.StaffCode, filter.Since, filter.Until = &staff, &since, &until
	}
	got, err := operations.ConsoleLogEntry(v.Context(), v.Hub(nil), filter)
	if err != nil {
		return nil, err
	}
	if got.AuditEntries != nil {
		for i := range got.AuditEntries.Nodes {
			n := &got.AuditEntries.Nodes[i]
			if of["sequence"] == "" || page.Text(n.Sequence) == of["sequence"] {
				return n, nil
			}
		}
	}
	return nil, page.NotFound()
}

func entryFacts(v *page.Visit, e *logEntry) []fact.Fact {
	s := sheetOf(v, "AuditEntry")
	s.moment("at", e.At)
	s.of("staffCode", e.StaffCode)
	s.of("agencyCode", e.AgencyCode)
	s.of("system", e.System)
	s.text("role", s.say.Role(page.Text(e.Role)))
	s.text("purpose", s.say.Purpose(page.Text(e.Purpose)))
	s.of("legalBasis", e.LegalBasis)
	s.of("ticket", e.Ticket)
	s.of("approval", e.Approval)
	s.of("operation", e.Operation)
	s.text("outcome", s.say.Value("AuditOutcome", code(e.Outcome)))
	s.text("reason", why(v, page.Text(e.Reason)))
	if page.Yes(e.BreakGlass) {
		s.text("breakGlass", page.Pick(v.Lang, "是", "yes"))
	}
	s.count("childCount", e.ChildCount)
	s.of("entryId", e.EntryId)
	s.of("policyVersion", e.PolicyVersion)
	s.of("clientIp", e.ClientIp)
	s.of("traceId", e.TraceId)
	return s.Facts
}

// disclosed puts together the children of whom the same was shown.
func disclosed(v *page.Visit, e *logEntry) []alike {
	var out []alike
	place := map[string]int{}
	for _, d := range e.Disclosures {
		key := strings.Join(d.Bases, " ") + "|" + strings.Join(d.Shown, " ") + "|" + page.Text(d.ExplainedBy)
		i, known := place[key]
		if !known {
			i = len(out)
			place[key] = i
			one := alike{Bases: joined(v.Lang, bases(v.Lang, d.Bases)), Explanation: code(d.Explanation), By: basis(v.Lang, page.Text(d.ExplainedBy)), Cut: max(0, len(d.Shown)-most)}
			for _, s := range d.Shown[:min(len(d.Shown), most)] {
				coordinate, form, _ := strings.Cut(s, "=")
				one.Shown = append(one.Shown, named{field(v, coordinate), form})
			}
			out = append(out, one)
		}
		out[i].Children++
		if child := page.Text(d.Child); child != "" && len(out[i].Links) < 8 {
			out[i].Links = append(out[i].Links, numbered{len(out[i].Links) + 1, childLink(v, child)})
		}
	}
	return out
}

// decided asks what the rules give on what was recorded.
func decided(v *page.Visit, id string) judgement {
	in := *v
	in.Hat.Purpose, in.Hat.Ticket = string(policy.PolicyReview), ""
	got, err := operations.ConsoleEntryDecision(in.Context(), in.Hub(nil), id)
	if err != nil {
		return judgement{Refused: refused(v.Lang, err)}
	}
	var out judgement
	if got.ExplainEntry == nil {
		return out
	}
	out.Version = got.ExplainEntry.Version
	for _, s := range got.ExplainEntry.ShownAlike {
		for _, c := range s.Coordinates {
			if c.Verdict == "DIFFERS" {
				out.Differ++
			}
			out.Judged = append(out.Judged, judged{field(v, c.Coordinate), joined(v.Lang, bases(v.Lang, s.Bases)), string(c.Recorded), string(c.Computed), string(c.Verdict), c.Lines})
		}
	}
	slices.SortStableFunc(out.Judged, func(a, b judged) int { return apart(b) - apart(a) })
	out.Cut = max(0, len(out.Judged)-most)
	out.Judged = out.Judged[:len(out.Judged)-out.Cut]
	return out
}

// apart puts first what differs.
func apart(j judged) int {
	if j.Verdict == "DIFFERS" {
		return 1
	}
	return 0
}

// refused is the hub's no as a sentence, empty for anything else.
func refused(lang string, err error) string {
	var r *ask.Refusal
	if errors.As(err, &r) {
		return words.Of(lang, r.Sentence) + " (" + r.Code + ")"
	}
	return ""
}

// field names a coordinate with its type.
func field(v *page.Visit, coordinate string) string {
	typename, _, _ := strings.Cut(coordinate, ".")
	name := v.Site.Lexicon.Coordinate(v.Lang, coordinate)
	def := v.Site.Lexicon.Schema().Types[typename]
	if def == nil || name == coordinate {
		return coordinate
	}
	return lexicon.Pick(v.Lang, def.Description) + " · " + name
}

// entryLink seals the address of an entry.
func entryLink(v *page.Visit, of map[string]string) string {
	return v.Link(page.Handle{Of: of, Hat: v.Hat})
}

// childLink seals the address of a child's history.
func childLink(v *page.Visit, pseudonym string) string {
	return v.Link(page.Handle{Of: map[string]string{"child": pseudonym}, Hat: v.Hat})
}
