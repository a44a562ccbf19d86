package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/policy"
)

var weeks = flag.Int("weeks", 3, "how long TestYear lives in the district; 52 is a year")

// TestYear_livedByItsStaff lets everybody of the district come to work each week and do
// what the inbox says, over HTTP and by the lawful moves alone: jobs never fail, what
// falls due is done, and honest work puts nothing on the auditors' list that is not
// there by lot.
func TestYear_livedByItsStaff(t *testing.T) {
	t.Parallel()
	l := &life{t: t, did: map[string]int{}, refused: map[string]int{}, moved: map[string]int{}}
	l.h = hubtest.Start(t, hubtest.Options{Everybody: true, Shift: func() time.Duration { return time.Duration(l.at.Load()) }})
	// Posts, vetting and authorisation outlast the weeks, and nobody has two of one role.
	change(t, l.h, `UPDATE post p SET valid_to = '2026-11-22' WHERE valid_to IS NULL AND EXISTS
		(SELECT FROM post o WHERE o.staff_id = p.staff_id AND o.valid_to IS NULL AND o.id < p.id)`)
	change(t, l.h, `UPDATE staff SET vetted_until = '2027-12-31' WHERE vetted_until IS NOT NULL`)
	change(t, l.h, `UPDATE post SET authorised_until = '2027-12-31' WHERE valid_to IS NULL`)
	for week := range *weeks {
		l.goTo(time.Duration(week) * 7 * 24 * time.Hour)
		l.h.RunJobs(t)
		l.happens(week)
		for _, c := range l.busy() {
			l.work(c)
		}
	}
	t.Logf("done %v, refused %v", l.did, l.refused)
	for what, n := range l.refused {
		t.Errorf("%s was refused %d times", what, n)
	}
	for _, kind := range []string{"VISIT", "VISIT_CHECK", "DROPOUT_MONTH", "REGISTER_REVERIFY"} {
		if l.did[kind] < 20 {
			t.Errorf("%s was done %d times in %d weeks", kind, l.did[kind], *weeks)
		}
	}
	// What nobody does here has a story of its own.
	elsewhere := []string{"READ_ALERT", "READ_DIGEST"}
	for _, kinds := range playedElsewhere {
		elsewhere = append(elsewhere, strings.Fields(kinds)...)
	}
	late := single[[]string](t, l.h, `SELECT coalesce(array_agg(DISTINCT kind), '{}') FROM task WHERE done_at IS NULL AND due_at < $1
		AND kind <> ALL ($2)`, l.now().AddDate(0, 0, -7), elsewhere)
	if len(late) > 0 {
		t.Errorf("a week late: %v", late)
	}
	l.h.Follow(t)
	// A child of one's own kin is always asked about, and some is asked about by lot.
	flagged := single[[]string](t, l.h, `SELECT coalesce(array_agg(DISTINCT rule), '{}') FROM review_item WHERE last_at > $1
		AND rule NOT IN ('OWN_KIN', 'STANDING_SAMPLE')`, hubtest.Day())
	if len(flagged) > 0 {
		t.Errorf("honest work is on the list by %v: %v", flagged, single[[]string](t, l.h, `SELECT coalesce(array_agg(DISTINCT concat_ws(' ', i.rule, e.role, e.purpose, e.operation)), '{}')
			FROM review_item i JOIN review_entry r ON r.item_id = i.id JOIN audit_entry e ON e.at = r.at AND e.sequence = r.sequence
			WHERE i.last_at > $1 AND i.rule = ANY ($2)`, hubtest.Day(), flagged))
	}
}

// life is the district being lived in.
type life struct {
	t            *testing.T
	h            *hubtest.Hub
	at           atomic.Int64
	did, refused map[string]int
	// moves counts the moves of reports, and moved says at which each was moved last.
	moves int
	moved map[string]int
}

func (l *life) now() time.Time { return hubtest.Day().Add(time.Duration(l.at.Load())) }
func (l *life) today() string  { return l.now().Format(time.DateOnly) }

// goTo moves the clock, and waits until the hub has confirmed its policy again.
func (l *life) goTo(shift time.Duration) {
	l.t.Helper()
	l.at.Store(int64(shift))
	within(l.t, 20*time.Second, "the hub answers", func() bool {
		return len(l.h.Ask(l.t, l.h.Caller(l.t, "director"), hubtest.Question{Query: "{ me { staffCode } }"}).Errors) == 0
	})
}

// busy are those who have something to do.
func (l *life) busy() []demo.Caller {
	l.t.Helper()
	rows, err := l.h.DB.Query(l.t.Context(), `SELECT DISTINCT s.code, a.code, p.role FROM task k JOIN staff s ON s.id = k.staff_id
		JOIN agency a ON a.id = s.agency_id JOIN post p ON p.staff_id = s.id AND p.valid_to IS NULL WHERE k.done_at IS NULL AND s.active
		AND (a.kind <> 'CONTRACTOR' OR EXISTS (SELECT FROM contract t WHERE t.agency_id = a.id AND t.valid_to >= $1)) ORDER BY 1, 2, 3`, l.today())
	if err != nil {
		l.t.Fatal(err)
	}
	defer rows.Close()
	var out []demo.Caller
	for rows.Next() {
		var c demo.Caller
		if err := rows.Scan(&c.StaffCode, &c.AgencyCode, &c.Role); err != nil {
			l.t.Fatal(err)
		}
		for _, role := range policy.Roles() {
			if string(role.Code) == c.Role {
				c.Purpose = string(role.Default)
			}
		}
		out = append(out, c)
	}
	return out
}

// work does what somebody's inbox says.
func (l *life) work(c demo.Caller) {
	l.t.Helper()
	for _, task := range l.inbox(c) {
		does, known := choreOf(task.Kind)
		if !known || !slices.Contains(does.roles, c.Role) {
			continue
		}
		who := c
		who.TicketCode = task.Ticket
		if does.purpose != "" && c.Role != "SUP" { // who does everything under one
			who.Purpose = does.purpose
		}
		if task.Ticket == "" && slices.Contains([]string{"DIR", "REL", "CM"}, c.Role) { // whose other purposes hang on one
			who.Purpose = "MANDATORY_REPORT"
		}
		if got := does.do(l, who, task); got == "" {
			l.did[task.Kind]++
		} else {
			l.refused[task.Kind+" "+c.Role+" "+got]++
		}
	}
}

// inbox is what somebody has to do; the child stands in it where the purpose needs no
// work item.
func (l *life) inbox(c demo.Caller) []todo {
	l.t.Helper()
	if c.Role != "SUP" && c.Role != "HT" {
		return inboxOf(l.t, l.h, c)
	}
	got := l.h.Ask(l.t, c, hubtest.Question{Query: `query Inbox { inbox(first: 100) { nodes { id kind ticket child { id name } } } }`})
	var data struct{ Inbox struct{ Nodes []todo } }
	if err := json.Unmarshal(got.Data, &data); err != nil {
		l.t.Fatalf("inbox: %s", got.Body)
	}
	return data.Inbox.Nodes
}

// chore is how a kind of task is done; do gives "" or what stood in the way.
type chore struct {
	roles   []string
	purpose string
	do      func(l *life, c demo.Caller, task todo) string
}

var chores = map[string]chore{
	"VISIT":             {[]string{"DIR", "SUP", "SW"}, "VISIT", visited},
	"HANDOVER":          {[]string{"DIR", "SUP", "CM", "HT", "PSY", "DPS", "HD", "STA"}, "", acknowledged},
	"CONFIRM_RISK":      {[]string{"CM"}, "CASE_MGMT", decided},
	"VISIT_CHECK":       {[]string{"SUP"}, "VISIT_SUPERVISION", checked},
	"VISIT_SPOT_CHECK":  {[]string{"SUP"}, "VISIT_SUPERVISION", called},
	"REGISTER_REVERIFY": {[]string{"DIR", "SUP"}, "VISIT", verified},
	"REGISTER_SIXTEEN":  {[]string{"DIR", "SUP", "CM", "HT"}, "", answered},
	"HELP_VACCINATION":  {[]string{"HD"}, "", answered},
	"HELP_ENROL":        {[]string{"DPS"}, "", answered},
	"HELP_HUKOU":        {[]string{"SUP"}, "", answered},
	"DROPOUT_MONTH":     {[]string{"HT"}, "DROPOUT_PREVENTION", reported},
	"DROPOUT_QUARTER":   {[]string{"DPS"}, "DROPOUT_PREVENTION", reviewed},
}

// folder is what a chore needs of a child.
type folder struct {
	ID           string
	Registration *struct{ Version int }
	Visits       struct {
		Nodes []struct {
			ID, State              string
			Visitor, SecondVisitor *string
			Version                int
		}
	}
}

// look opens the child of a task: the task names it, or its work item does.
func (l *life) look(c demo.Caller, task todo, selection string) *folder {
	l.t.Helper()
	id := ""
	if task.Child != nil {
		id = task.Child.ID
	} else {
		got := l.h.Ask(l.t, c, hubtest.Question{Query: "query Work { tickets { code child { id } } }"})
		var data struct {
			Tickets []struct {
				Code  string
				Child *struct{ ID string }
			}
		}
		if err := json.Unmarshal(got.Data, &data); err != nil {
			l.t.Fatalf("%s %s: %s", c.Role, c.TicketCode, got.Body)
		}
		for _, ticket := range data.Tickets {
			if ticket.Code == c.TicketCode && ticket.Child != nil {
				id = ticket.Child.ID
			}
		}
	}
	if id == "" {
		return nil
	}
	got := l.h.Ask(l.t, c, hubtest.Question{Query: "query File($id: ID!) { child(id: $id) { id " + selection + " } }", Variables: map[string]any{"id": id}})
	var data struct{ Child *folder }
	if err := json.Unmarshal(got.Data, &data); err != nil {
		l.t.Fatalf("%s %s: %s", c.Role, c.TicketCode, got.Body)
	}
	return data.Child
}

// make makes a move, and says what stood in its way.
func (l *life) make(c demo.Caller, mutation string, input map[string]any) string {
	l.t.Helper()
	in := map[string]any{"key": fmt.Sprintf("life-%d", hired.Add(1))}
	for name, value := range input {
		in[name] = value
	}
	name := strings.ToUpper(mutation[:1]) + mutation[1:]
	inputType := published().Mutation.Fields.ForName(mutation).Arguments.ForName("input").Type
	got := l.h.Ask(l.t, c, hubtest.Question{
		Query:     fmt.Sprintf("mutation %s($in: %s) { out: %s(input: $in) { entry userErrors { code path } } }", name, inputType, mutation),
		Variables: map[string]any{"in": in},
	})
	var data struct{ Out outcome }
	if err := json.Unmarshal(got.Data, &data); err != nil || len(got.Errors) > 0 {
		return mutation + " " + got.Errors[0].Extensions.Code
	}
	if len(data.Out.UserErrors) > 0 {
		return mutation + " " + data.Out.said()
	}
	return ""
}

// visits are those of a task's child that are in a state; whoever goes along writes
// nothing.
func (l *life) visits(c demo.Caller, task todo, state string) []map[string]any {
	l.t.Helper()
	f := l.look(c, task, "visits(first: 10) { nodes { id state visitor secondVisitor version } }")
	if f == nil {
		return nil
	}
	var out []map[string]any
	for _, v := range f.Visits.Nodes {
		if state == "ASSIGNED" && c.Role == "SUP" && (v.Visitor == nil || *v.Visitor != c.StaffCode) {
			continue // another's, that is late
		}
		if v.State == state && (c.Role != "DIR" || v.SecondVisitor == nil || *v.SecondVisitor != c.StaffCode) {
			out = append(out, map[string]any{"id": v.ID, "version": v.Version})
		}
	}
	return out
}

func visited(l *life, c demo.Caller, task todo) string {
	with := single[*string](l.t, l.h, `SELECT (SELECT o.code FROM staff s JOIN staff o ON o.agency_id = s.agency_id AND o.id <> s.id AND o.active AND o.kind = 'PERSON'
		JOIN post p ON p.staff_id = o.id AND p.valid_to IS NULL AND p.role = 'DIR' WHERE s.code = $1 ORDER BY o.id LIMIT 1)`, c.StaffCode)
	got := ""
	for _, v := range l.visits(c, task, "ASSIGNED") {
		input := map[string]any{
			"mode": "HOME", "visitedOn": l.today(), "placeKind": "HOME", "childSeen": true, "secondVisitor": with,
			"informantRelation": "PATERNAL_GRANDMOTHER", "livingRating": "GOOD", "familyRating": "GOOD", "guardianshipRating": "GOOD", "mentalRating": "GOOD",
		}
		if topics := []string{"STUDY", "HEALTH", "FAMILY_CHANGE", "ECONOMIC", "SAFETY_FIRE", "SAFETY_TRAFFIC"}; l.did["VISIT"]%20 == 10 {
			input["concerns"] = []string{topics[l.did["VISIT"]/20%len(topics)]}
		}
		if m := l.now().Month(); m >= time.June && m <= time.August { // every visit of the summer talks about water
			input["topics"] = []string{"DROWNING"}
		}
		maps.Copy(input, v)
		if got = l.make(c, "recordVisit", input); got == "" {
			return l.make(c, "submitVisit", map[string]any{"id": v["id"], "version": v["version"].(int) + 1})
		}
	}
	return got
}

func checked(l *life, c demo.Caller, task todo) string {
	for _, v := range l.visits(c, task, "SUBMITTED") {
		return l.make(c, "checkVisit", v)
	}
	return "no visit"
}

func called(l *life, c demo.Caller, task todo) string {
	for _, v := range l.visits(c, task, "CHECKED") {
		v["result"] = "CONFIRMED"
		return l.make(c, "spotCheck", v)
	}
	return "no visit"
}

func verified(l *life, c demo.Caller, task todo) string {
	f := l.look(c, task, "registration { version }")
	if f == nil || f.Registration == nil {
		return "no registration"
	}
	return l.make(c, "verifyChild", map[string]any{
		"child": f.ID, "version": f.Registration.Version, "careReason": "BOTH_AWAY", "since": "2025-03-01", "reach": "BEYOND_CITY",
	})
}

func acknowledged(l *life, c demo.Caller, task todo) string {
	c.TicketCode = ""
	return l.make(c, "acknowledgeNotice", map[string]any{"task": task.ID})
}

func decided(l *life, c demo.Caller, task todo) string {
	f := l.look(c, task, "registration { version }")
	if f == nil || f.Registration == nil {
		return "no registration"
	}
	return l.make(c, "confirmRisk", map[string]any{"child": f.ID, "version": f.Registration.Version, "level": "GREEN"})
}

func answered(l *life, c demo.Caller, task todo) string {
	return l.make(c, "answerConcern", map[string]any{"task": task.ID, "outcome": "ACTED"})
}

func reported(l *life, c demo.Caller, _ todo) string {
	c.TicketCode = ""
	return l.make(c, "submitSchoolReport", map[string]any{"month": l.now().AddDate(0, -1, 0).Format(time.DateOnly)})
}

func reviewed(l *life, c demo.Caller, _ todo) string {
	c.TicketCode = ""
	return l.make(c, "submitCountyReview", map[string]any{"quarter": l.now().AddDate(0, -3, 0).Format(time.DateOnly)})
}
