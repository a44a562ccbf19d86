package watch_test

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/audit/audittest"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// town is a register and a log under construction: people come and do something, and
// it is noted which rule must find whom.
type town struct {
	t   *testing.T
	url string
	db  *pgxpool.Pool
	*mathrand.Rand
	options audit.Options
	next    int64
	entries []audit.Entry
	// misuse is what must be found: rule and person.
	misuse []string
}

// L4 and L2 are what entries show.
var (
	showsL4 = audit.NewSet([]audit.Shown{{Coordinate: "T.four", Form: "FULL"}, {Coordinate: "T.two", Form: "FULL"}})
	showsL2 = audit.NewSet([]audit.Shown{{Coordinate: "T.four", Form: "MASKED"}, {Coordinate: "T.two", Form: "FULL"}})
)

func newTown(t *testing.T, seed uint64) *town {
	t.Helper()
	url, db := pgtest.New(t)
	w := &town{t: t, url: url, db: db, Rand: mathrand.New(mathrand.NewPCG(seed, 1)), next: 100}
	w.options = logOptions(w)
	w.exec(`INSERT INTO division (id, code, name, level) VALUES (1, '1', 'd', 'DISTRICT')`)
	w.exec(`INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'SCHOOL', 1), (2, 'B', 'b', 'CONTRACTOR', 1)`)
	w.exec(`INSERT INTO coordinate (name, class, owner, zh, grp) VALUES ('T.four', 'L4', 'HUB', '四', 'G'), ('T.two', 'L2', 'HUB', '二', 'G')`)
	w.exec(`INSERT INTO term (id, code, starts_on, ends_on) VALUES (1, 'spring', '2026-02-01', '2026-07-10'), (2, 'autumn', '2026-08-31', '2027-01-20')`)
	w.exec(`INSERT INTO school (id, code, name, agency_id, division_id) VALUES (1, 's', 's', 1, 1)`)
	w.exec(`INSERT INTO contract (id, number, agency_id, project, valid_from, valid_to) VALUES (1, 'C', 2, 'p', '2026-01-01', '2026-10-15')`)
	w.exec(`UPDATE parameter SET value = '1000000000' WHERE name = 'review_sample'`) // what is drawn by lot is no finding
	return w
}

func logOptions(w *town) audit.Options {
	w.t.Helper()
	o := audittest.Options(w.t, "watch.example.test/log")
	o.Backdated, o.Now = true, func() time.Time { return at(90, 0, 0) }
	o.CheckpointFile = filepath.Join(w.t.TempDir(), "checkpoint")
	return o
}

func (w *town) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func (w *town) id() int64 { w.next++; return w.next }

// person is somebody in a post.
type person struct {
	id, post int64
	code     string
	role     string
	purpose  string
}

// hire puts somebody on the register, with a telephone number of the own.
func (w *town) hire(role, purpose string) person {
	p := person{id: w.id(), post: w.id(), role: role, purpose: purpose}
	p.code = fmt.Sprintf("%s-%d", role, p.id)
	agency, contract := int64(1), any(nil)
	if role == "SW" {
		agency, contract = 2, 1
	}
	w.exec(`INSERT INTO staff (id, code, agency_id, display_name, kind, work_phone, vetted_until) VALUES ($1, $2, $3, 's', 'PERSON', $4, '2027-01-01')`,
		p.id, p.code, agency, fmt.Sprintf("100-%08d", p.id))
	w.exec(`INSERT INTO post (id, staff_id, role, agency_id, contract_id, valid_from, authorised_until, approval_ref) VALUES ($1, $2, $3, $4, $5, '2026-01-01', '2027-01-01', 'x')`,
		p.post, p.id, role, agency, contract)
	return p
}

// child puts a child on the register, whose guardian has a telephone number.
func (w *town) child() int64 {
	id := w.id()
	w.exec(`INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES ($1, 'MALE', '2015-01-01', 1, 1)`, id)
	w.exec(`INSERT INTO guardian (child_id, phone) VALUES ($1, $2)`, id, fmt.Sprintf("100 9%07d", id))
	return id
}

func (w *town) children(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = w.child()
	}
	return out
}

// at is an instant in China.
func at(day, hour, minute int) time.Time {
	return time.Date(2026, 9, 20, hour, minute, 0, 0, chinatime.Zone()).AddDate(0, 0, day)
}

// entry is what somebody did at a time.
func (w *town) entry(p person, when time.Time, change func(*audit.Entry)) {
	e := audit.Entry{
		At: when, AgencyID: 1, AgencyCode: "A", StaffID: p.id, StaffCode: p.code, PostID: p.post, Role: p.role, Purpose: p.purpose, Outcome: audit.Allowed,
	}
	change(&e)
	w.entries = append(w.entries, e)
}

// read shows a child on a basis.
func (w *town) read(p person, when time.Time, child int64, basis string, change ...func(*audit.Entry)) {
	w.entry(p, when, func(e *audit.Entry) {
		e.Disclosures = []audit.Disclosure{{ChildID: child, Bases: []string{"caller", basis}, Shown: showsL2}}
		for _, c := range change {
			c(e)
		}
	})
}

// miss is an attempt that found nothing.
func (w *town) miss(p person, when time.Time, outcome, reason string, change ...func(*audit.Entry)) {
	w.entry(p, when, func(e *audit.Entry) {
		e.Outcome, e.Reason = outcome, reason
		for _, c := range change {
			c(e)
		}
	})
}

func l4(e *audit.Entry) { e.Disclosures[0].Shown = showsL4 }

func on(ticket string) func(*audit.Entry) { return func(e *audit.Entry) { e.Ticket = ticket } }

func glass(e *audit.Entry) { e.BreakGlass, e.Purpose = true, "EMERGENCY" }

// must notes that a rule has to find somebody.
func (w *town) must(rule string, p person) { w.misuse = append(w.misuse, rule+" "+p.code) }

// write appends everything to the log, in the order of time.
func (w *town) write() {
	w.t.Helper()
	log, err := audit.Open(w.t.Context(), w.url, w.options)
	w.check(err)
	slices.SortStableFunc(w.entries, func(a, b audit.Entry) int { return a.At.Compare(b.At) })
	_, err = log.AppendBatch(w.t.Context(), w.entries)
	w.check(err)
	w.check(log.Close(context.WithoutCancel(w.t.Context())))
}

func (w *town) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
