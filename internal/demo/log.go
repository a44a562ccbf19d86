package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/policy"
)

// diary writes the year of access-log entries, day by day.
type diary struct {
	*District
	policy  *policy.Policy
	decided map[string]*decided
	scenes  []scene
	weights []float64
	tickets map[ticketKey]*ticket
	plain   []*child // registered, unshielded, nobody in conflict
	quiet   map[*child]bool
	planted []Planted
	limits  limits
}

type ticketKey struct {
	worker  *worker
	purpose string
}

func (d *District) newDiary(p *policy.Policy) (*diary, error) {
	y := &diary{District: d, policy: p, decided: map[string]*decided{}, tickets: map[ticketKey]*ticket{}, quiet: map[*child]bool{}, limits: limits{}}
	for _, key := range sortedKeys(operations) {
		op, err := decide(p, operations[key])
		if err != nil {
			return nil, fmt.Errorf("decide %s: %w", key, err)
		}
		y.decided[key] = op
	}
	for _, t := range d.years.tickets {
		key := ticketKey{t.worker, t.purpose}
		if y.tickets[key] == nil || t.child == nil {
			y.tickets[key] = t
		}
	}
	for _, c := range d.years.conflicts {
		y.quiet[c.child] = true
	}
	for _, r := range d.years.reports {
		y.quiet[r.child] = y.quiet[r.child] || r.suspected
	}
	for _, c := range d.children {
		if c.registered() && c.shield == "NONE" && !y.quiet[c] {
			y.plain = append(y.plain, c)
		}
	}
	y.scenes = y.makeScenes()
	for _, s := range y.scenes {
		y.weights = append(y.weights, s.weight)
	}
	y.planted = d.Planted()
	return y, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// logDays is how far back the log reaches.
const logDays = 365

// write appends the log, in the order of its times, leaving out the first skip
// entries, which an interrupted run has written.
func (y *diary) write(ctx context.Context, log Log, skip int, progress func(done, total int)) error {
	total := y.sizes.log
	perDay := y.perDay(total)
	batch := make([]audit.Entry, 0, 4096)
	done := 0
	flush := func() error {
		entries := batch
		if skip > done {
			entries = entries[min(skip-done, len(entries)):]
		}
		if len(entries) > 0 {
			if _, err := log.AppendBatch(ctx, entries); err != nil {
				return fmt.Errorf("append to the access log: %w", err)
			}
		}
		done += len(batch)
		batch = batch[:0]
		progress(done, total)
		return ctx.Err()
	}
	for i := range logDays {
		batch = append(batch, y.dayEntries(y.day(i-logDays), perDay[i])...)
		if len(batch) >= 2048 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// perDay spreads what is not planted over working days.
func (y *diary) perDay(total int) []int {
	weights := make([]float64, logDays)
	for i := range weights {
		day := y.day(i - logDays)
		weights[i] = seasonal(day)
		if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
			weights[i] *= 0.12
		}
	}
	for i := range y.planted {
		total -= y.planted[i].Entries
	}
	return shares(max(total, 0), weights)
}

// dayEntries are the entries of one day, planted ones included, by time.
func (y *diary) dayEntries(day time.Time, n int) []audit.Entry {
	s := y.stream("log", day.Unix()/86400)
	entries := make([]audit.Entry, 0, n+32)
	for range n {
		entries = append(entries, y.entry(s, day))
	}
	entries = append(entries, y.plantedEntries(s, day)...)
	slices.SortStableFunc(entries, func(a, b audit.Entry) int { return a.At.Compare(b.At) })
	return entries
}

// entry plays one scene; a scene that has nobody to play it that day gives way
// to a director's.
func (y *diary) entry(s stream, day time.Time) audit.Entry {
	for range 8 {
		scene := y.scenes[s.weighted(y.weights)]
		if e, ok := scene.play(s, day); ok && y.limits.take(&e, day) {
			e.At = workingTime(s, day)
			return e
		}
	}
	w := pick(s, y.byRole["STA"][:2])
	e := y.asked(s, "figures", w, nil, day)
	e.At = workingTime(s, day)
	return e
}

// workingTime is mostly between eight and six, rarely in the evening, never at
// night.
func workingTime(s stream, day time.Time) time.Time {
	hour := [...]int{7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21}[s.weighted([]float64{1, 8, 14, 14, 10, 3, 4, 12, 13, 12, 8, 3, 2, 2, 1})]
	return clock(day, hour, s.IntN(60)).Add(time.Duration(s.IntN(60_000)) * time.Millisecond)
}

// asked is the entry of an operation that the policy answered for children.
func (y *diary) asked(s stream, key string, w *worker, children []*child, day time.Time) audit.Entry {
	op := y.decided[key]
	var about *child
	if len(children) == 1 {
		about = children[0]
	}
	e := y.request(s, op, w, day)
	e.Ticket = y.ticketAt(w, op.purpose, day, about)
	e.Outcome, e.Withheld = op.outcome, op.withheld
	for _, c := range children {
		e.Disclosures = append(e.Disclosures, audit.Disclosure{ChildID: c.id, Bases: op.bases, Shown: op.shown})
	}
	return e
}

// missed is the entry of an operation that found nobody.
func (y *diary) missed(s stream, key string, w *worker, day time.Time, reason string) audit.Entry {
	e := y.request(s, y.decided[key], w, day)
	e.Outcome, e.Reason = audit.NotFound, reason
	return e
}

func (y *diary) request(s stream, op *decided, w *worker, day time.Time) audit.Entry {
	return audit.Entry{
		AgencyID: w.agency, StaffID: w.id, PostID: w.post.id, AgencyCode: y.agencies[w.agency-1].code, StaffCode: w.code,
		System: systemName(w), Role: op.role, Purpose: op.purpose, LegalBasis: op.statute, Ticket: y.ticketAt(w, op.purpose, day, nil),
		Approval: w.post.approval, Operation: op.name, DocumentHash: op.hash, PolicyVersion: y.policy.Version(),
		TraceID: fmt.Sprintf("%016x%016x", s.Uint64(), s.Uint64()), Requested: op.requested,
		ClientIP: fmt.Sprintf("10.%d.%d.%d", w.agency/200, w.agency%200, w.id%250+1),
	}
}

func systemName(w *worker) string {
	if w.role == "DIR" || w.role == "SW" {
		return "tongxin-mobile"
	}
	return "tongxin-console"
}

// ticketAt is the work item of that day: one on the register that was open before that
// day and to its end, and is for the child or for all, or one like it long closed.
func (y *diary) ticketAt(w *worker, purpose string, day time.Time, c *child) string {
	t := y.tickets[ticketKey{w, purpose}]
	switch {
	case t == nil:
		return ""
	case t.opened.Before(clock(day, 0, 0)) && (t.closed.IsZero() || t.closed.After(clock(day, 23, 0))) && (t.child == nil || t.child == c):
		return t.code
	default:
		return pastCode(t, day)
	}
}
