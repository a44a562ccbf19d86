package console_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// district is a hub on which stories are clicked through, with a clock that they move.
type district struct {
	testing.TB
	hub *hubtest.Hub
	at  *atomic.Int64
}

func settled(tb testing.TB) *district {
	tb.Helper()
	d := &district{TB: tb, at: &atomic.Int64{}}
	d.hub = hubtest.Start(tb, hubtest.Options{Shift: func() time.Duration { return time.Duration(d.at.Load()) }})
	d.hub.RunJobs(tb)
	return d
}

// scene changes what was before the story.
func (d *district) scene(sql string, args ...any) {
	d.Helper()
	if _, err := d.hub.DB.Exec(d.Context(), sql, args...); err != nil {
		d.Fatalf("%s: %v", sql, err)
	}
}

// fact reads a text that the story is about.
func (d *district) fact(sql string, args ...any) string {
	d.Helper()
	var out string
	if err := d.hub.DB.QueryRow(d.Context(), sql, args...).Scan(&out); err != nil {
		d.Fatalf("%s: %v", sql, err)
	}
	return out
}

func (d *district) name(child int64) string {
	d.Helper()
	return d.fact(`SELECT name FROM child WHERE id = $1`, child)
}

// who finds somebody of the district by role and by what they are to a child.
func (d *district) who(role, relation string, child int64) *person {
	d.Helper()
	where := map[string]string{
		"village": `p.division_id = (SELECT residence_village_id FROM child WHERE id = $2)`,
		"beyond":  `p.division_id = (SELECT v.id FROM division v, child c WHERE c.id = $2 AND v.parent_id = c.residence_township_id AND v.id <> c.residence_village_id ORDER BY v.id LIMIT 1)`,
		"town":    `p.division_id = (SELECT residence_township_id FROM child WHERE id = $2)`,
		"clinic":  `p.clinic_id IN (SELECT k.id FROM clinic k JOIN child c ON c.residence_township_id = k.division_id WHERE c.id = $2)`,
		"class":   `s.id = (SELECT k.homeroom_staff_id FROM enrolment e JOIN school_class k ON k.id = e.class_id WHERE e.child_id = $2 AND e.current)`,
		"school":  `p.school_id = (SELECT school_id FROM enrolment WHERE child_id = $2 AND current)`,
		"case":    `s.id = (SELECT assignee_id FROM care_case WHERE child_id = $2 AND closed_on IS NULL ORDER BY id DESC LIMIT 1)`,
		"dropout": `s.id = (SELECT k.staff_id FROM ticket k WHERE k.kind = 'DROPOUT_CASE' AND k.child_id = $2 AND k.closed_at IS NULL ORDER BY k.id DESC LIMIT 1)`,
		"any":     `$2::bigint IS NOT NULL`,
	}[relation]
	var agency, staff string
	err := d.hub.DB.QueryRow(d.Context(), `SELECT a.code, s.code FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON' JOIN agency a ON a.id = s.agency_id
		WHERE p.role = $1 AND (p.valid_to IS NULL OR p.valid_to > '2027-01-01') AND `+where+` ORDER BY s.id LIMIT 1`, role, child).Scan(&agency, &staff)
	if err != nil {
		d.Fatalf("nobody is %s of %s: %v", role, relation, err)
	}
	return enter(d.TB, d.hub, agency, staff)
}

// holder finds whoever has a task of a kind about a child, signed in.
func (d *district) holder(kind string, child int64) *person {
	d.Helper()
	var agency, staff string
	err := d.hub.DB.QueryRow(d.Context(), `SELECT a.code, s.code FROM task t JOIN staff s ON s.id = t.staff_id JOIN agency a ON a.id = s.agency_id
		WHERE t.kind = $1 AND t.done_at IS NULL AND (t.child_id = $2 OR t.child_id IS NULL) ORDER BY t.id DESC LIMIT 1`, kind, child).Scan(&agency, &staff)
	if err != nil {
		d.Fatalf("nobody has %s: %v; there is %s", kind, err, d.fact(`SELECT coalesce(string_agg(DISTINCT kind, ' '), '') FROM task WHERE done_at IS NULL AND child_id = $1`, child))
	}
	return enter(d.TB, d.hub, agency, staff)
}

// day moves the clock to ten in the morning of a day and lets the night before happen.
func (d *district) day(day string) {
	d.Helper()
	to, err := time.Parse(time.RFC3339, day+"T10:00:00+08:00")
	if err != nil {
		d.Fatal(err)
	}
	d.at.Store(int64(to.Sub(hubtest.Day())))
	d.hub.RunJobs(d)
}

// browsed: everything was done by pages; nobody called the API from outside.
func (d *district) browsed() {
	d.Helper()
	if other := d.fact(`SELECT coalesce(string_agg(DISTINCT coalesce(operation, ''), ' '), '') FROM audit_entry WHERE sequence > 4000 AND coalesce(operation, '') NOT LIKE 'Console%' AND coalesce(operation, '') NOT LIKE 'job.%'`); strings.TrimSpace(other) != "" {
		d.Errorf("asked outside of pages: %s", other)
	}
}

// open goes to a child by the list of those in reach.
func (p *person) open(child string) {
	p.Helper()
	p.get("/children")
	for range 20 {
		if strings.Contains(p.page, child) {
			p.follow(child)
			return
		}
		if !strings.Contains(p.page, "/children?after=") {
			break
		}
		p.follow("下一页")
	}
	p.Fatalf("%s is not in reach: %s", child, fmt.Sprintf("%.300s", p.text()))
}

// reaches reports whether a child is on the person's list.
func (p *person) reaches(child string) bool {
	p.Helper()
	p.get("/children")
	for range 20 {
		if strings.Contains(p.page, child) {
			return true
		}
		if !strings.Contains(p.page, "/children?after=") {
			break
		}
		p.follow("下一页")
	}
	return false
}

// option is the value of the choice of a control that says a text.
func (d *district) option(p *person, end, name, text string) string {
	d.Helper()
	form := p.form(end)
	if form == nil {
		d.Fatalf("no form %s: %s", end, p.text())
	}
	for n := range form.Descendants() {
		if attr(n, "name") == name && n.Data == "input" && n.Parent != nil && strings.Contains(textOf(n.Parent), text) {
			return attr(n, "value")
		}
		if n.Data == "option" && attr(n, "value") != "" && attr(n.Parent, "name") == name && strings.Contains(textOf(n), text) {
			return attr(n, "value")
		}
	}
	d.Fatalf("%s of %s offers no %q: %s", name, end, text, textOf(form))
	return ""
}
