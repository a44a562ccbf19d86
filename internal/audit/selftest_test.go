package audit_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/audit"
)

func TestOpen_refuses(t *testing.T) {
	t.Parallel()
	drop := func(t *testing.T, l *log, table, where string) {
		t.Helper()
		l.exec(t, `SET session_replication_role = replica; DELETE FROM `+table+` WHERE `+where)
	}
	for name, spoil := range map[string]func(t *testing.T, l *log){
		"no signer":               func(_ *testing.T, l *log) { l.options.Signer = nil },
		"no verifier":             func(_ *testing.T, l *log) { l.options.Verifier = nil },
		"no origin":               func(_ *testing.T, l *log) { l.options.Origin = "" },
		"a log of another name":   func(_ *testing.T, l *log) { l.options.Origin = "other.example.test/log" },
		"a database out of reach": func(_ *testing.T, l *log) { l.url = "postgres://127.0.0.1:1/none?connect_timeout=1" },
		"asynchronous commits": func(t *testing.T, l *log) {
			t.Helper()
			l.exec(t, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$`)
		},
		"a guard switched off": func(t *testing.T, l *log) {
			t.Helper()
			l.exec(t, `ALTER TABLE audit_entry DISABLE TRIGGER audit_guard`)
		},
		"a table without room": func(t *testing.T, l *log) {
			t.Helper()
			l.exec(t, `DROP FUNCTION audit_advance`)
		},
		"a last entry cut off": func(t *testing.T, l *log) {
			t.Helper()
			drop(t, l, "audit_entry", "sequence = 4")
		},
		"a last hash cut off": func(t *testing.T, l *log) {
			t.Helper()
			drop(t, l, "audit_hash", "index = (SELECT max(index) FROM audit_hash)")
		},
		"a last entry changed": func(t *testing.T, l *log) {
			t.Helper()
			l.exec(t, `SET session_replication_role = replica;
				UPDATE audit_entry SET commitment = set_byte(commitment, 0, get_byte(commitment, 0) # 1) WHERE sequence = 4`)
		},
		"a head without root": func(t *testing.T, l *log) {
			t.Helper()
			l.exec(t, `SET session_replication_role = replica;
				UPDATE audit_head SET root = set_byte(root, 0, get_byte(root, 0) # 1)`)
		},
		"a log put back to before the checkpoint in the table": func(t *testing.T, l *log) {
			t.Helper()
			l.options.CheckpointFile = ""
			l.rollBack(t)
		},
		"a database put back to before the checkpoint kept outside": func(t *testing.T, l *log) {
			t.Helper()
			l.rollBack(t)
			drop(t, l, "audit_checkpoint", "true")
		},
		"a checkpoint forged": func(t *testing.T, l *log) {
			t.Helper()
			l.exec(t, `SET session_replication_role = replica; UPDATE audit_checkpoint SET note = replace(note, '5', '4')`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLog(t)
			w := l.open(t)
			l.write(t, w, 5)
			if err := w.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			l.open(t) // sound so far
			spoil(t, l)
			if w, err := audit.Open(t.Context(), l.url, l.options); err == nil {
				_ = w.Close(t.Context())
				t.Error("the writer starts")
			}
		})
	}
}

// rollBack makes tables and head what they were when the log had no entry.
func (l *log) rollBack(t *testing.T) {
	t.Helper()
	l.exec(t, `SET session_replication_role = replica;
		DELETE FROM audit_entry; DELETE FROM audit_packed; DELETE FROM audit_hash;
		UPDATE audit_head SET size = 0, root = decode(repeat('00', 32), 'hex'), frontier = '', at = 'epoch'`)
}
