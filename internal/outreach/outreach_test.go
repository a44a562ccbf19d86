package outreach_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/outreach"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// district has two townships (2, 4), directors of one village in each (1, 2), one who has
// left (3), the supervisor of the first township (4) and a teacher (5).
const district = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, 't2', 't', 'TOWNSHIP', 1), (3, 'v3', 'v', 'VILLAGE', 2),
    (4, 't4', 't', 'TOWNSHIP', 1), (5, 'v5', 'v', 'VILLAGE', 4);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'CIVIL_AFFAIRS', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 5) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, valid_to, authorised_until, approval_ref) VALUES
    (1, 'DIR', 1, 3, '2026-01-01', NULL, '2027-12-31', 'x'), (2, 'DIR', 1, 5, '2026-01-01', NULL, '2027-12-31', 'x'), (3, 'DIR', 1, 3, '2025-01-01', '2026-01-01', '2027-12-31', 'x'),
    (4, 'SUP', 1, 2, '2026-01-01', NULL, '2027-12-31', 'x'), (5, 'HT', 1, 1, '2026-01-01', NULL, '2027-12-31', 'x');`

var today = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func by(role string, division int64) outreach.By {
	return outreach.By{Staff: 4, Agency: 1, Role: role, Division: division, Now: today.Add(2 * time.Hour), Today: today}
}

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), district); err != nil {
		t.Fatal(err)
	}
	return db
}

// tries does something that comes to a code, and leaves what it wrote only where it is
// told to.
func tries(t *testing.T, db *pgxpool.Pool, what string, code fault.Code, do func(tx postgres.Tx) error) {
	t.Helper()
	err := postgres.InTx(t.Context(), db, do)
	if (err == nil) != (code == "") || err != nil && fault.CodeOf(err) != code {
		t.Errorf("%s: %v, want %q", what, err, code)
	}
}

func lines(t *testing.T, db *pgxpool.Pool, sql string, want ...string) {
	t.Helper()
	var got []string
	if err := db.QueryRow(t.Context(), `SELECT coalesce(array_agg(x.line), '{}') FROM (`+sql+`) x (line)`).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", sql, diff)
	}
}

func text(s string) *string { return &s }

func number(n int) *int { return &n }

// TestNoteSession: a session is counted, by its township; who came is written nowhere,
// and the share of children in care is a share and no list.
func TestNoteSession(t *testing.T) {
	t.Parallel()
	db := setup(t)
	good := outreach.Session{Series: "润心伴成长", Kind: "TALK", HeldOn: "2026-11-20", Site: "示范一小", Attendance: 30, InCare: number(10)}
	for what, x := range map[string]struct {
		by    outreach.By
		spoil func(*outreach.Session)
		code  fault.Code
	}{
		"no series":                {by("SW", 0), func(s *outreach.Session) { s.Series = "" }, fault.BadRequest},
		"a number in the series":   {by("SW", 0), func(s *outreach.Session) { s.Series = "电话10000000000" }, fault.BadRequest},
		"no site":                  {by("SW", 0), func(s *outreach.Session) { s.Site = " " }, fault.BadRequest},
		"a site that is a tale":    {by("SW", 0), func(s *outreach.Session) { s.Site = strings.Repeat("校", 41) }, fault.BadRequest},
		"tomorrow":                 {by("SW", 0), func(s *outreach.Session) { s.HeldOn = "2026-11-24" }, fault.BadRequest},
		"more than a year ago":     {by("SW", 0), func(s *outreach.Session) { s.HeldOn = "2025-11-22" }, fault.BadRequest},
		"no day":                   {by("SW", 0), func(s *outreach.Session) { s.HeldOn = "x" }, fault.BadRequest},
		"nobody came":              {by("SW", 0), func(s *outreach.Session) { s.Attendance = 0 }, fault.BadRequest},
		"everybody came":           {by("SW", 0), func(s *outreach.Session) { s.Attendance = 2001 }, fault.BadRequest},
		"more in care than came":   {by("SW", 0), func(s *outreach.Session) { s.InCare = number(31) }, fault.BadRequest},
		"fewer than none in care":  {by("SW", 0), func(s *outreach.Session) { s.InCare = number(-1) }, fault.BadRequest},
		"no such township":         {by("SW", 0), func(s *outreach.Session) { s.TownshipCode = text("v3") }, fault.BadRequest},
		"another township":         {by("SUP", 2), func(s *outreach.Session) { s.TownshipCode = text("t4") }, fault.BadRequest},
		"the whole district":       {by("SW", 0), func(*outreach.Session) {}, ""},
		"a township":               {by("SW", 0), func(s *outreach.Session) { s.TownshipCode, s.HeldOn, s.InCare = text("t4"), "2026-11-21", nil }, ""},
		"the supervisor's own one": {by("SUP", 2), func(s *outreach.Session) { s.HeldOn = "2026-11-22" }, ""},
	} {
		in := good
		x.spoil(&in)
		tries(t, db, what, x.code, func(tx postgres.Tx) error {
			_, err := outreach.NoteSession(t.Context(), tx, x.by, in)
			return err
		})
	}
	lines(t, db, `SELECT concat_ws(' ', held_on, attendance_count, left_behind_ratio, township_id) FROM group_session ORDER BY held_on`,
		"2026-11-20 30 0.33", "2026-11-21 30 4", "2026-11-22 30 0.33 2")
	lines(t, db, `SELECT column_name::text FROM information_schema.columns WHERE table_name = 'group_session' AND column_name ~ 'child|name'`, []string{}...)
}

// TestNoteTraining: staff are named by codes that hold the post of the audience on the
// day, in the caller's reach, each once; guardians are counted and never named.
func TestNoteTraining(t *testing.T) {
	t.Parallel()
	db := setup(t)
	staff := outreach.Training{Title: "儿童主任培训", HeldOn: "2026-11-20", Audience: "DIRECTORS", Staff: []string{"s1", "s2"}}
	guardians := outreach.Training{Title: "家长课堂", HeldOn: "2026-11-20", Audience: "GUARDIANS", Attendance: number(25)}
	for what, x := range map[string]struct {
		by    outreach.By
		in    outreach.Training
		spoil func(*outreach.Training)
		code  fault.Code
	}{
		"no title":                      {by("CM", 0), staff, func(x *outreach.Training) { x.Title = "" }, fault.BadRequest},
		"tomorrow":                      {by("CM", 0), staff, func(x *outreach.Training) { x.HeldOn = "2026-11-24" }, fault.BadRequest},
		"nobody named":                  {by("CM", 0), staff, func(x *outreach.Training) { x.Staff = nil }, fault.BadRequest},
		"named and counted":             {by("CM", 0), staff, func(x *outreach.Training) { x.Attendance = number(2) }, fault.BadRequest},
		"too many":                      {by("CM", 0), staff, func(x *outreach.Training) { x.Staff = make([]string, 701) }, fault.BadRequest},
		"a code that is none":           {by("CM", 0), staff, func(x *outreach.Training) { x.Staff = []string{"s1", "s9"} }, fault.BadRequest},
		"one twice":                     {by("CM", 0), staff, func(x *outreach.Training) { x.Staff = []string{"s1", "s1"} }, fault.BadRequest},
		"who has left":                  {by("CM", 0), staff, func(x *outreach.Training) { x.Staff = []string{"s3"} }, fault.BadRequest},
		"a teacher among directors":     {by("CM", 0), staff, func(x *outreach.Training) { x.Staff = []string{"s5"} }, fault.BadRequest},
		"a supervisor beyond the reach": {by("SUP", 2), staff, func(*outreach.Training) {}, fault.BadRequest},
		"a guide trains no staff":       {by("FE", 0), staff, func(*outreach.Training) {}, fault.Forbidden},
		"guardians are not named":       {by("FE", 0), guardians, func(x *outreach.Training) { x.Staff = []string{"s1"} }, fault.BadRequest},
		"guardians are counted":         {by("FE", 0), guardians, func(x *outreach.Training) { x.Attendance = nil }, fault.BadRequest},
		"no guardian came":              {by("FE", 0), guardians, func(x *outreach.Training) { x.Attendance = number(0) }, fault.BadRequest},
		"directors":                     {by("CM", 0), staff, func(*outreach.Training) {}, ""},
		"directors of the township":     {by("SUP", 2), staff, func(x *outreach.Training) { x.Staff, x.HeldOn = []string{"s1"}, "2026-11-21" }, ""},
		"guardians":                     {by("FE", 0), guardians, func(x *outreach.Training) { x.HeldOn = "2026-11-22" }, ""},
	} {
		in := x.in
		x.spoil(&in)
		tries(t, db, what, x.code, func(tx postgres.Tx) error {
			_, err := outreach.NoteTraining(t.Context(), tx, x.by, in)
			return err
		})
	}
	lines(t, db, `SELECT concat_ws(' ', held_on, audience, attendance_count, township_id) FROM training ORDER BY held_on`,
		"2026-11-20 DIRECTORS 2", "2026-11-21 DIRECTORS 1 2", "2026-11-22 GUARDIANS 25")
	lines(t, db, `SELECT concat_ws(' ', trained_on, staff_id) FROM training_record ORDER BY trained_on, staff_id`, "2026-11-20 1", "2026-11-20 2", "2026-11-21 1")
}
