package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/keyring"
)

// publicKey is all that an outsider has of the hub's log.
func publicKey(t *testing.T, h *hubtest.Hub) note.Verifier {
	t.Helper()
	cfg, err := config.Default()
	if err != nil {
		t.Fatal(err)
	}
	cfg.DataDir = h.DataDir
	text, err := os.ReadFile(keyring.PublicKeyFile(cfg.Keys()))
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sound expects the log to verify.
func sound(t *testing.T, h *hubtest.Hub, what string) {
	t.Helper()
	report, err := audit.Verify(t.Context(), h.DB, publicKey(t, h))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if !report.OK() {
		t.Errorf("%s does not verify:\n%.600s", what, report.String())
	}
}

// signed waits until a checkpoint covers the newest entry.
func signed(t *testing.T, h *hubtest.Hub) {
	t.Helper()
	n := size(t, h)
	within(t, 12*time.Second, "checkpoint", func() bool {
		return single[int64](t, h, `SELECT coalesce(max(size), 0) FROM audit_checkpoint`) >= n
	})
}

// otherwise is an expression that changes one byte of a column of a type.
func otherwise(column, kind string) string {
	switch kind {
	case "text":
		return fmt.Sprintf("CASE WHEN %[1]s = '' THEN 'x' ELSE left(%[1]s, -1) || chr(ascii(right(%[1]s, 1)) + 1) END", column)
	case "bytea":
		return fmt.Sprintf("set_byte(%[1]s, 0, get_byte(%[1]s, 0) # 1)", column)
	case "boolean":
		return "NOT " + column
	case "uuid":
		return fmt.Sprintf("(overlay(%[1]s::text placing CASE WHEN left(%[1]s::text, 1) = '0' THEN '1' ELSE '0' END from 1 for 1))::uuid", column)
	case "timestamp with time zone":
		return column + " + interval '1 microsecond'"
	case "_int4", "_int8":
		return fmt.Sprintf("%[1]s[2:] || (-1 - %[1]s[1])", column)
	case "_text":
		return fmt.Sprintf("CASE WHEN cardinality(%[1]s) = 0 THEN ARRAY['x'] ELSE array_replace(%[1]s, %[1]s[1], %[1]s[1] || 'x') END", column)
	default:
		return "-1 - " + column // no row has it yet, where the column is a key
	}
}

// rows are one row of every table of the log, of the entry with a disclosure.
var rows = map[string]string{
	"audit_entry":      "sequence = $1",
	"audit_packed":     "sequence = $1",
	"audit_set":        "id = (SELECT set_id FROM audit_packed WHERE sequence = $1 AND $1 > 0)",
	"audit_hash":       "index = 2 * $1 - $1",
	"audit_head":       "singleton AND $1 > 0",
	"audit_checkpoint": "size = (SELECT max(size) FROM audit_checkpoint WHERE $1 > 0)",
}

// inside lets Verify read what a transaction has not committed.
type inside struct{ tx pgx.Tx }

func (i inside) BeginTx(ctx context.Context, _ pgx.TxOptions) (pgx.Tx, error) { return i.tx.Begin(ctx) }

// detected changes the log as somebody with the rights of the database's owner
// could, without its triggers, and expects that Verify sees it. The change is
// taken back.
func detected(t *testing.T, h *hubtest.Hub, what, sql string) {
	t.Helper()
	tx, err := h.DB.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), "SET LOCAL session_replication_role = replica"); err != nil {
		t.Fatal(err)
	}
	tag, err := tx.Exec(t.Context(), sql)
	if err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("%s: %d rows changed, %v", what, tag.RowsAffected(), err)
	}
	report, err := audit.Verify(t.Context(), inside{tx}, publicKey(t, h))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if report.OK() {
		t.Errorf("%s: not found", what)
	}
}

// TestLog_everyByteCounts verifies the log of the demo district after use, then
// changes one byte of one column after the other (of the many columns of an
// entry, some: internal/audit tries them all).
func TestLog_everyByteCounts(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	for _, c := range h.District.Callers() {
		look(t, h, c, max(c.ChildID, 1), "id name")
	}
	dir := h.Caller(t, "director")
	sequence := look(t, h, dir, dir.ChildID, "name citizenId visits { nodes { id } }").Extensions.Disclosure.Sequence
	signed(t, h)
	sound(t, h, "the log after use")
	columns := single[[]string](t, h, `SELECT array_agg(table_name || ' ' || column_name || ' ' || CASE data_type WHEN 'ARRAY' THEN udt_name ELSE data_type END ORDER BY table_name, ordinal_position)
		FROM information_schema.columns WHERE table_name IN ('audit_entry', 'audit_packed', 'audit_set', 'audit_hash', 'audit_head', 'audit_checkpoint')
		AND column_name <> 'singleton' AND is_identity = 'NO' AND (table_name <> 'audit_entry' OR ordinal_position % 4 = 2)`)
	for _, line := range columns {
		table, rest, _ := strings.Cut(line, " ")
		column, kind, _ := strings.Cut(rest, " ")
		row := strings.ReplaceAll(rows[table], "$1", sequence)
		detected(t, h, line, fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s", table, column, otherwise(column, kind), row))
	}
	row := "sequence = " + sequence
	for _, sql := range []string{
		"DELETE FROM audit_packed WHERE " + row,
		"DELETE FROM audit_entry WHERE " + row,
		"INSERT INTO audit_packed SELECT at, sequence, part + 1, set_id, bases, ARRAY[ordinals[1] + 1], ARRAY[child_ids[1] + 1] FROM audit_packed WHERE " + row,
	} {
		detected(t, h, sql, sql)
	}
	sound(t, h, "the log at last")
}

// TestReceipt_canBeProved takes the id of a receipt to a proof that holds with
// the public key alone.
func TestReceipt_canBeProved(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	dir := h.Caller(t, "director")
	receipt := look(t, h, dir, dir.ChildID, "name").Extensions.Disclosure
	signed(t, h)
	proof, err := audit.Prove(t.Context(), h.DB, receipt.Entry)
	if err != nil {
		t.Fatal(err)
	}
	key := publicKey(t, h)
	checkpoint, err := proof.Check(key)
	if err != nil || strconv.FormatInt(proof.Sequence, 10) != receipt.Sequence || checkpoint.Size <= proof.Sequence {
		t.Errorf("proof of %s: %v, sequence %d, checkpoint %d", receipt.Entry, err, proof.Sequence, checkpoint.Size)
	}
	for what, forge := range map[string]func(*audit.Proof){
		"another sequence": func(p *audit.Proof) { p.Sequence-- },
		"another time":     func(p *audit.Proof) { p.At = p.At.Add(time.Microsecond) },
		"another leaf":     func(p *audit.Proof) { p.Leaf = append([]byte(nil), p.Leaf...); p.Leaf[len(p.Leaf)-1] ^= 1 },
		"another entry":    func(p *audit.Proof) { p.EntryID = strings.Repeat("0", 32) },
		"another note":     func(p *audit.Proof) { p.Checkpoint = strings.Replace(p.Checkpoint, "\n", "x\n", 1) },
	} {
		forged := proof
		forge(&forged)
		if _, err := forged.Check(key); err == nil {
			t.Errorf("a proof with %s holds", what)
		}
	}
	kept, err := os.ReadFile(filepath.Clean(h.CheckpointFile()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := audit.OpenCheckpoint(kept, key); err != nil {
		t.Errorf("the kept checkpoint: %v", err)
	}
}
