package watch_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/follower"
	"github.com/tongxin-hub/tongxin/internal/watch"
)

// habits are what people do: each makes a person and says, where bad, which rule must
// find that person; where not bad it is just short of that.
var habits = map[string]func(w *town, bad bool){
	"NEIGHBOUR_VILLAGE": func(w *town, bad bool) { w.attempts("NEIGHBOUR_VILLAGE", "DIR", bad) },
	"OUT_OF_REACH":      func(w *town, bad bool) { w.attempts("OUT_OF_REACH", "CM", bad) },
	"LAST_TERM_CLASS": func(w *town, bad bool) {
		p, day := w.hire("HT", "CLASS_CARE"), w.IntN(60)
		w.classOf(p, 1, false)
		for i := range short(bad, 3) {
			w.miss(p, at(day, 9+2*i, w.IntN(60)), "NOT_FOUND", "")
		}
		if bad {
			w.must("LAST_TERM_CLASS", p)
			return
		}
		same := w.hire("HT", "CLASS_CARE") // who leads the same class on
		w.classOf(same, 2, true)
		for i := range 4 {
			w.miss(same, at(day, 9+2*i, w.IntN(60)), "NOT_FOUND", "")
		}
	},
	"CONTRACT_ENDED": func(w *town, bad bool) {
		p, child := w.hire("SW", "CASE_MGMT"), w.child()
		w.read(p, at(25, 23, 59), child, "assigned_case", on("CA-1")) // the last day, 15 October
		if bad && w.IntN(2) == 0 {
			w.miss(p, at(26+w.IntN(40), 10, 0), "ALLOWED", "CONTRACT_EXPIRED")
			w.must("CONTRACT_ENDED", p)
		} else if bad {
			w.read(p, at(26, 0, 0), child, "assigned_case", on("CA-1"))
			w.must("CONTRACT_ENDED", p)
		}
	},
	"PURPOSE_SHOPPING": func(w *town, bad bool) {
		p, child, day := w.hire("SUP", "VISIT_SUPERVISION"), w.child(), w.IntN(60)
		for i, purpose := range []string{"VISIT_SUPERVISION", "DROPOUT_PREVENTION", "MANDATORY_REPORT"} {
			p.purpose = purpose
			minute := 29 * i
			if !bad {
				minute = 31 * i // an hour and two minutes
			}
			w.read(p, at(day, 14, 0).Add(time.Duration(minute)*time.Minute), child, "own_township")
		}
		if bad {
			w.must("PURPOSE_SHOPPING", p)
		}
	},
	"NIGHT_BATCH": func(w *town, bad bool) {
		p, day := w.hire("SUP", "VISIT_SUPERVISION"), w.IntN(60)
		for i, child := range w.children(short(bad, 10)) {
			w.read(p, at(day, 22, 20*i), child, "own_township") // over midnight
		}
		if bad {
			w.must("NIGHT_BATCH", p)
		}
	},
	"NIGHT_L4": func(w *town, bad bool) {
		p, child, day := w.hire("PSY", "PSYCH_SUPPORT"), w.child(), w.IntN(60)
		w.read(p, at(day, 21, 59), child, "open_referral", l4)
		w.read(p, at(day, 23, 0), child, "open_referral")
		if bad {
			w.read(p, at(day, 22, 0), child, "open_referral", l4)
			w.must("NIGHT_L4", p)
		}
	},
	"AFTER_CLOSURE": func(w *town, bad bool) {
		p, child := w.hire("CM", "CASE_MGMT"), w.child()
		code := "CA-" + p.code
		w.exec(`INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, opened_at, closed_at) VALUES ($1, 'CASE', 'CASE_MGMT', $2, 1, $3, $4, $5)`,
			code, p.id, child, at(0, 9, 0), at(10, 17, 0))
		for i := range short(bad, 3) {
			if i == 0 {
				w.read(p, at(12, 10, 0), child, "closed_case")
				continue
			}
			w.miss(p, at(12+i*7, 10, 0), "DENIED", "TICKET_INVALID", on(code))
		}
		if bad {
			w.must("AFTER_CLOSURE", p)
		}
	},
	"POST_LAPSED": func(w *town, bad bool) {
		p := w.hire("DIR", "VISIT")
		for i := range short(bad, 3) {
			w.miss(p, at(20+i*9, 10, 0), "NOT_FOUND", "VETTING_EXPIRED")
		}
		if bad {
			w.must("POST_LAPSED", p)
		}
	},
	"VOLUME": func(w *town, bad bool) {
		p, day, n := w.hire("SUP", "VISIT_SUPERVISION"), w.IntN(60), 50
		if bad {
			n = 51
		} else if w.IntN(2) == 0 {
			n = 60
			w.exec(`INSERT INTO volume_approval (staff_id, approved_by, day, max_children) VALUES ($1, $2, $3, 60)`, p.id, w.hire("CM", "CASE_MGMT").id, at(day, 0, 0).Format(time.DateOnly))
		}
		for i, child := range w.children(n) {
			w.read(p, at(day, 8, 10*i), child, "own_township")
		}
		if bad {
			w.must("VOLUME", p)
		}
	},
	"OWN_KIN": func(w *town, bad bool) {
		p, child := w.hire("DIR", "VISIT"), w.child()
		w.exec(`INSERT INTO conflict_declaration (staff_id, child_id, kind, declared_on, ended_on) VALUES ($1, $2, 'KIN', '2026-01-01', $3)`,
			p.id, child, map[bool]any{true: nil, false: "2026-02-01"}[bad])
		w.read(p, at(w.IntN(60), 10, 0), child, "own_village", on("VT"))
		if bad {
			w.must("OWN_KIN", p)
		}
	},
	"SAME_PHONE": func(w *town, bad bool) {
		p, child := w.hire("DIR", "VISIT"), w.child()
		if bad {
			w.exec(`INSERT INTO caregiver (child_id, phone) VALUES ($1, $2)`, child, fmt.Sprintf("100 %08d", p.id))
			w.must("SAME_PHONE", p)
		}
		w.read(p, at(w.IntN(60), 10, 0), child, "own_village", on("VT"))
	},
	"COLLEAGUES_CHILD": func(w *town, bad bool) {
		p, colleague, child := w.hire("HD", "CHILD_HEALTH"), w.hire("HT", "CLASS_CARE"), w.child()
		w.exec(`UPDATE guardian SET phone = $2 WHERE child_id = $1`, child, fmt.Sprintf("(100)%08d", colleague.id))
		basis := "own_class"
		if bad {
			basis = "own_pupil"
			w.must("COLLEAGUES_CHILD", p)
		}
		w.read(p, at(w.IntN(60), 10, 0), child, basis)
	},
	"CANARY": func(w *town, bad bool) {
		p, child := w.hire("CM", "CASE_MGMT"), w.child()
		if bad {
			w.exec(`INSERT INTO canary_child (child_id) VALUES ($1)`, child)
			w.must("CANARY", p)
		}
		w.read(p, at(w.IntN(60), 10, 0), child, "district_search", on("DS"))
	},
	"NO_BASIS": func(w *town, bad bool) {
		p := w.hire("DPS", "DROPOUT_PREVENTION")
		basis := "compulsory_age"
		if bad {
			basis = "conflict" // which explains nothing
			w.must("NO_BASIS", p)
		}
		w.read(p, at(w.IntN(60), 10, 0), w.child(), basis)
	},
	"EMERGENCY_UNRECORDED": func(w *town, bad bool) {
		p, child, day := w.hire("PSY", "EMERGENCY"), w.child(), w.IntN(60)
		opened := at(day, 22, 0)
		if bad {
			opened = at(day-2, 22, 0)
			w.must("EMERGENCY_UNRECORDED", p)
		}
		w.exec(`INSERT INTO emergency_access (child_id, staff_id, reason, opened_at, expires_at) VALUES ($1, $2, 'x', $3, $4)`, child, p.id, opened, opened.Add(24*time.Hour))
		w.read(p, at(day, 23, 0), child, "emergency", glass, l4)
	},
}

// short is how often something is done: enough to be found, or once less.
func short(bad bool, enough int) int {
	if bad {
		return enough
	}
	return enough - 1
}

// attempts are files that are not found, within the days that are counted, or so that
// no thirty days hold enough of them.
func (w *town) attempts(rule, role string, bad bool) {
	p, first := w.hire(role, "VISIT"), w.IntN(20)
	for i := range 8 + w.IntN(6) {
		day := first + i*2
		if !bad {
			day = first + i*5
		}
		w.miss(p, at(day, 19, w.IntN(60)), "NOT_FOUND", "")
	}
	if bad {
		w.must(rule, p)
	}
}

// classOf gives a teacher a class in the ended term, whose pupil is in the teacher's
// class still or not.
func (w *town) classOf(p person, grade int, still bool) {
	before, now, pupil := w.id(), w.id(), w.child()
	w.exec(`INSERT INTO school_class (id, school_id, term_id, grade, class_no, homeroom_staff_id) VALUES ($1, 1, 1, $3, $4, $2), ($5, 1, 2, $3, $4, $2)`, before, p.id, grade, before, now)
	w.exec(`INSERT INTO enrolment (child_id, class_id, school_id, current) VALUES ($1, $2, 1, false)`, pupil, before)
	if still {
		w.exec(`INSERT INTO enrolment (child_id, class_id, school_id, current) VALUES ($1, $2, 1, true)`, pupil, now)
	}
}

// catchUp runs the rules over the whole log in batches of a size.
func (w *town) catchUp(batch int64) {
	w.t.Helper()
	w.check(follower.CatchUp(w.t.Context(), follower.Deps{
		DB: w.db, Name: watch.Name, Work: watch.Follow(time.Now), Batch: batch, Log: slog.New(slog.DiscardHandler),
	}))
}

// list is what is on the list: rule and person, and how many items and accesses.
func (w *town) list() (found []string, sizes []string) {
	w.t.Helper()
	rows, err := w.db.Query(w.t.Context(), `SELECT i.rule || ' ' || i.staff_code, i.rule || ' ' || i.staff_code || ' ' || i.child_id || ' ' || i.entry_count || ' ' || count(*)
		FROM review_item i JOIN review_entry e ON e.item_id = i.id GROUP BY i.id ORDER BY 2`)
	w.check(err)
	var one, size string
	_, err = pgx.ForEachRow(rows, []any{&one, &size}, func() error {
		found, sizes = append(found, one), append(sizes, size)
		return nil
	})
	w.check(err)
	return found, sizes
}

// TestFollow_findsMisuseAndNothingElse mixes people who misuse the hub with people who
// stay just short of that: every misuse is found, once, and nobody else, however the
// log is cut into batches.
func TestFollow_findsMisuseAndNothingElse(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := newTown(t, seed)
			for _, rule := range watch.Rules() {
				habit := habits[rule.Code]
				if habit == nil && rule.Code != "STANDING_SAMPLE" {
					t.Errorf("nobody misuses the hub as %s looks for", rule.Code)
				}
				for range 3 {
					if habit != nil {
						habit(w, w.IntN(2) == 0)
					}
				}
			}
			w.write()
			w.catchUp(20 + w.Int64N(100))
			found, sizes := w.list()
			slices.Sort(found)
			slices.Sort(w.misuse)
			if diff := cmp.Diff(w.misuse, found); diff != "" {
				t.Errorf("misuse (-planted +found):\n%s", diff)
			}
			w.exec(`TRUNCATE follower, access_fact, review_item, review_entry, review_event CASCADE`)
			w.catchUp(10_000)
			if _, again := w.list(); !cmp.Equal(sizes, again) {
				t.Errorf("in one batch instead of many:\n%s", cmp.Diff(sizes, again))
			}
		})
	}
}

// TestFollow_growsAndBeginsAnew: attempts join the open item; after a ruling the count
// begins anew.
func TestFollow_growsAndBeginsAnew(t *testing.T) {
	t.Parallel()
	w := newTown(t, 9)
	p := w.hire("DIR", "VISIT")
	follow := func(n, day int) []string {
		w.entries = nil
		for i := range n {
			w.miss(p, at(day, 9, i), "NOT_FOUND", "")
		}
		w.write()
		w.catchUp(5)
		_, sizes := w.list()
		return sizes
	}
	item := func(n int) string { return fmt.Sprintf("NEIGHBOUR_VILLAGE %s 0 %d %d", p.code, n, n) }
	for _, step := range []struct {
		n, day int
		want   []string
	}{{7, 1, nil}, {2, 2, []string{item(9)}}, {3, 20, []string{item(12)}}} {
		if diff := cmp.Diff(step.want, follow(step.n, step.day)); diff != "" {
			t.Errorf("%d more on day %d:\n%s", step.n, step.day, diff)
		}
	}
	w.exec(`UPDATE review_item SET state = 'JUSTIFIED'`)
	if diff := cmp.Diff([]string{item(12)}, follow(7, 21)); diff != "" {
		t.Errorf("seven after the ruling:\n%s", diff)
	}
	if diff := cmp.Diff([]string{item(12), item(8)}, follow(1, 22)); diff != "" {
		t.Errorf("eight after the ruling:\n%s", diff)
	}
}
