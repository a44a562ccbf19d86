package audit_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/audit"
)

// unguarded lets a superuser past the triggers, as an attacker would.
const unguarded = `SET session_replication_role = replica; `

// flip is SQL that changes a value of a type by one bit, or as little as the
// type allows.
func flip(column, kind string) string {
	switch kind {
	case "bytea":
		return fmt.Sprintf(`set_byte(%[1]s, octet_length(%[1]s) - 1, get_byte(%[1]s, octet_length(%[1]s) - 1) # 1)`, column)
	case "boolean":
		return "NOT " + column
	case "timestamp with time zone":
		return column + ` + interval '1 microsecond'`
	case "uuid":
		return fmt.Sprintf(`(translate(left(%[1]s::text, 1), '0123456789abcdef', '1032547698badcfe') || substr(%[1]s::text, 2))::uuid`, column)
	case "text":
		return fmt.Sprintf(`CASE WHEN %[1]s = '' THEN 'x' ELSE chr(ascii(%[1]s) # 1) || substr(%[1]s, 2) END`, column)
	case "ARRAY":
		return fmt.Sprintf(`CASE WHEN cardinality(%[1]s) = 0 THEN ARRAY['x'] ELSE %[1]s[1:cardinality(%[1]s) - 1] || (%[1]s[cardinality(%[1]s)] || 'x') END`, column)
	default: // numbers
		return fmt.Sprintf(`(%[1]s::bigint # 64)`, column) // past every neighbour
	}
}

// targets is one row of every table that is neither first nor last.
func targets() map[string]string {
	return map[string]string{
		"audit_entry":      "sequence = 3",
		"audit_disclosure": "sequence = 3 AND ordinal = 1",
		"audit_set":        "id = (SELECT set_id FROM audit_disclosure WHERE sequence = 3 AND ordinal = 1)",
		"audit_hash":       "index = 4",
		"audit_head":       "true",
		"audit_checkpoint": "size = 3",

		"audit_witness":     "name = 'witness.example.test'",
		"audit_cosignature": "size = 3",
	}
}

// mutableLog is a log of nine entries under three checkpoints, its constraints
// dropped, because a superuser can drop them too.
func mutableLog(t *testing.T) *log {
	t.Helper()
	l := newLog(t)
	w := l.open(t)
	for range 3 {
		l.write(t, w, 3)
	}
	for _, size := range []int64{3, 6, 9} {
		l.cosign(t, size)
	}
	l.mustBeSound(t, 9)
	for _, sql := range []string{
		`ALTER TABLE audit_witness ALTER COLUMN id DROP IDENTITY`,
		`ALTER TABLE audit_head DROP CONSTRAINT audit_head_singleton_check`,
		`ALTER TABLE audit_set DROP CONSTRAINT audit_set_hash_check, DROP CONSTRAINT audit_set_check,
			ALTER COLUMN id DROP IDENTITY`,
	} {
		l.exec(t, sql)
	}
	return l
}

// changedIn applies sql in a transaction, verifies inside it and takes it back.
func (l *log) changedIn(t *testing.T, sql string) audit.Report {
	t.Helper()
	tx, err := l.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if _, err := tx.Exec(t.Context(), strings.Replace(unguarded, "SET ", "SET LOCAL ", 1)+sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	report, err := audit.VerifyIn(t.Context(), tx, l.key)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return report
}

func TestVerify_everyColumn(t *testing.T) {
	t.Parallel()
	l := mutableLog(t)
	rows, err := l.pool.Query(t.Context(), `SELECT table_name, column_name, data_type FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name LIKE 'audit\_%' AND table_name !~ '_[0-9]{6}$'
		AND table_name NOT IN ('audit_address', 'audit_clock', 'audit_day', 'audit_finding', 'audit_hour', 'audit_key', 'audit_purpose', 'audit_use', 'audit_use_stale', 'audit_way') -- worked out from the log
		ORDER BY 1, ordinal_position`)
	if err != nil {
		t.Fatal(err)
	}
	type column struct{ table, name, kind string }
	var columns []column
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.table, &c.name, &c.kind); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, c)
	}
	if len(columns) < 50 {
		t.Fatalf("only %d columns", len(columns))
	}
	for _, c := range columns {
		where, known := targets()[c.table]
		if !known {
			t.Fatalf("table %s has no target row", c.table)
		}
		report := l.changedIn(t, fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s", c.table, c.name, flip(c.name, c.kind), where))
		if report.OK() {
			t.Errorf("%s.%s: a flipped bit is not found", c.table, c.name)
		}
		if c.table == "audit_entry" && !names(report, 3) {
			t.Errorf("%s.%s: the entry is not named:\n%s", c.table, c.name, report.String())
		}
	}
	l.mustBeSound(t, 9)
}

// names says whether a finding is about entry sequence.
func names(report audit.Report, sequence int64) bool {
	return slices.ContainsFunc(report.Findings, func(f audit.Finding) bool { return f.Sequence == sequence })
}

func TestVerify_changes(t *testing.T) {
	t.Parallel()
	l := mutableLog(t)
	for name, c := range map[string]struct {
		sql  string
		want audit.Problem
		at   int64
	}{
		"an entry deleted":                 {`DELETE FROM audit_entry WHERE sequence = 4`, audit.EntryMissing, 4},
		"the last entry deleted":           {`DELETE FROM audit_entry WHERE sequence = 8`, audit.EntryMissing, 8},
		"all entries deleted":              {`DELETE FROM audit_entry`, audit.EntryMissing, 0},
		"a disclosure deleted":             {`DELETE FROM audit_disclosure WHERE sequence = 4 AND ordinal = 2`, audit.EntryChanged, 4},
		"a disclosure added":               {`INSERT INTO audit_disclosure SELECT sequence, at, 3, 7, set_id, bases FROM audit_disclosure WHERE sequence = 4 AND ordinal = 0`, audit.EntryChanged, 4},
		"a disclosure of no entry":         {`INSERT INTO audit_disclosure SELECT 77, at, 0, 7, set_id, bases FROM audit_disclosure WHERE sequence = 4 AND ordinal = 0`, audit.DisclosureForeign, 77},
		"two disclosures swapped":          {`UPDATE audit_disclosure SET child_id = CASE ordinal WHEN 0 THEN 2001 WHEN 1 THEN 1001 ELSE child_id END WHERE sequence = 4`, audit.EntryChanged, 4},
		"a disclosure moved":               {`UPDATE audit_disclosure SET sequence = 5, at = (SELECT at FROM audit_entry WHERE sequence = 5), ordinal = 3 WHERE sequence = 4 AND ordinal = 2`, audit.EntryChanged, 4},
		"an entry doubled":                 {`INSERT INTO audit_entry SELECT sequence, at + interval '1 microsecond', version, backdated, entry_id, commitment, salt, agency_id, staff_id, post_id, agency_code, staff_code, system, role, purpose, legal_basis, ticket, approval, operation, document_hash, policy_version, trace_id, outcome, reason, client_ip, break_glass, requested_id, withheld_id, disclosed FROM audit_entry WHERE sequence = 4`, audit.EntryDoubled, 4},
		"an entry inserted behind":         {`INSERT INTO audit_entry SELECT 9, at, version, backdated, entry_id, commitment, salt, agency_id, staff_id, post_id, agency_code, staff_code, system, role, purpose, legal_basis, ticket, approval, operation, document_hash, policy_version, trace_id, outcome, reason, client_ip, break_glass, requested_id, withheld_id, disclosed FROM audit_entry WHERE sequence = 4`, audit.EntryForeign, 9},
		"two entries swapped":              {`UPDATE audit_entry SET sequence = CASE sequence WHEN 4 THEN 5 ELSE 4 END WHERE sequence IN (4, 5)`, audit.LeafChanged, 4},
		"a hash deleted":                   {`DELETE FROM audit_hash WHERE index = 4`, audit.HashWrong, 4},
		"a hash added":                     {`INSERT INTO audit_hash VALUES (99, '\x00')`, audit.HashWrong, 99},
		"a set deleted":                    {`DELETE FROM audit_set WHERE id = (SELECT requested_id FROM audit_entry WHERE sequence = 3)`, audit.EntryChanged, 3},
		"the head deleted":                 {`DELETE FROM audit_head`, audit.HeadWrong, -1},
		"a second head":                    {`INSERT INTO audit_head SELECT false, size, root, frontier, at FROM audit_head`, audit.HeadWrong, -1},
		"a detail emptied":                 {emptied, audit.DetailGone, 4},
		"a forged checkpoint":              {`UPDATE audit_checkpoint SET size = 4, note = replace(note, E'\n3\n', E'\n4\n') WHERE size = 3`, audit.CheckpointWrong, 4},
		"a cosigned checkpoint deleted":    {`DELETE FROM audit_checkpoint WHERE size = 3`, audit.CosignatureWrong, 3},
		"a cosignature moved":              {`UPDATE audit_cosignature SET size = 4 WHERE size = 3`, audit.CosignatureWrong, 4},
		"a checkpoint out of place":        {`UPDATE audit_checkpoint SET size = 4 WHERE size = 3`, audit.CheckpointWrong, 4},
		"a truncated log":                  {truncated, audit.LogShorter, 9},
		"a truncated log with disclosures": {`TRUNCATE audit_disclosure`, audit.EntryChanged, 0},
	} {
		report := l.changedIn(t, c.sql)
		if !slices.ContainsFunc(report.Findings, func(f audit.Finding) bool { return f.Problem == c.want && f.Sequence == c.at }) {
			t.Errorf("%s: want %s %d, got\n%s", name, c.want, c.at, report.String())
		}
	}
}

// emptied is a detail destroyed without a record.
const emptied = `DELETE FROM audit_disclosure WHERE sequence = 4;
UPDATE audit_entry SET salt = NULL, agency_id = 0, staff_id = 0, post_id = 0, agency_code = '', staff_code = '', system = '',
	role = '', purpose = '', legal_basis = '', ticket = '', approval = '', operation = '', document_hash = '',
	policy_version = '', trace_id = '', outcome = '', reason = '', client_ip = '', break_glass = false, requested_id = 0,
	withheld_id = 0, disclosed = 0 WHERE sequence = 4`

// truncated cuts the last entry off and puts everything in the database right,
// but for the checkpoints, whose key the attacker does not have.
const truncated = `DELETE FROM audit_entry WHERE sequence = 8; DELETE FROM audit_disclosure WHERE sequence = 8;
DELETE FROM audit_hash WHERE index = 15;
UPDATE audit_head SET size = 8, root = (SELECT hash FROM audit_hash WHERE index = 14),
	frontier = (SELECT hash FROM audit_hash WHERE index = 14), at = (SELECT at FROM audit_entry WHERE sequence = 7)`

func TestVerify_rollBack(t *testing.T) {
	t.Parallel()
	l := mutableLog(t)
	kept, err := os.ReadFile(l.options.CheckpointFile)
	if err != nil {
		t.Fatal(err)
	}
	l.exec(t, unguarded+truncated+`; DELETE FROM audit_checkpoint WHERE size = 9; DELETE FROM audit_cosignature WHERE size = 9`)
	if report := l.verify(t); !report.OK() {
		t.Errorf("the database alone cannot know:\n%s", report.String())
	}
	report := l.verify(t, kept)
	if len(report.Findings) != 1 || report.Findings[0].Problem != audit.LogShorter {
		t.Errorf("want %s, got\n%s", audit.LogShorter, report.String())
	}
}

func TestVerify_rewrittenByTheOperator(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	l.write(t, w, 3)
	kept, err := os.ReadFile(l.options.CheckpointFile)
	if err != nil {
		t.Fatal(err)
	}
	// The operator has the key: he starts the log anew and signs it.
	l.rollBack(t)
	l.exec(t, unguarded+`DELETE FROM audit_checkpoint`)
	l.options.CheckpointFile = ""
	l.write(t, l.open(t), 5)
	if report := l.verify(t); !report.OK() {
		t.Errorf("the new log is sound in itself:\n%s", report.String())
	}
	report := l.verify(t, kept)
	if len(report.Findings) != 1 || report.Findings[0].Problem != audit.CheckpointForked {
		t.Errorf("want %s, got\n%s", audit.CheckpointForked, report.String())
	}
	// The writer that signed the old log does not sign the new one.
	_, err = w.Checkpoint(t.Context())
	wantUnavailable(t, err)
	_, err = w.Append(t.Context(), entry(0))
	wantUnavailable(t, err)
	if w.Ready(t.Context()) == nil {
		t.Error("a writer that met a forked log says that it is ready")
	}
}

func TestGuards(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.write(t, l.open(t), 2)
	l.cosign(t, 2)
	partition := scalar[string](t, l, `SELECT tableoid::regclass::text FROM audit_entry LIMIT 1`)
	for _, sql := range []string{
		`UPDATE audit_entry SET role = 'x'`, `DELETE FROM audit_entry`, `TRUNCATE audit_entry`,
		`TRUNCATE ` + partition, `DELETE FROM ` + partition, `UPDATE ` + partition + ` SET salt = NULL`,
		`UPDATE audit_disclosure SET child_id = 1`, `DELETE FROM audit_disclosure`, `TRUNCATE audit_disclosure`,
		`UPDATE audit_set SET labels = coordinates`, `DELETE FROM audit_set`, `TRUNCATE audit_set`,
		`UPDATE audit_hash SET hash = ''`, `DELETE FROM audit_hash`, `TRUNCATE audit_hash`,
		`UPDATE audit_head SET size = 0`, `DELETE FROM audit_head`, `TRUNCATE audit_head`,
		`UPDATE audit_checkpoint SET note = ''`, `DELETE FROM audit_checkpoint`, `TRUNCATE audit_checkpoint`,
		`UPDATE audit_witness SET key = ''`, `DELETE FROM audit_witness`, `TRUNCATE audit_witness CASCADE`,
		`UPDATE audit_cosignature SET at = now()`, `DELETE FROM audit_cosignature`, `TRUNCATE audit_cosignature`,
	} {
		if _, err := l.pool.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "TX003") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	l.mustBeSound(t, 2)
}
