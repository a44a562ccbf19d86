package e2e

import (
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/crowdtest"
	"github.com/tongxin-hub/tongxin/internal/proxytest"
)

// TestFaults_ofTheLog makes the log unwritable in every way in turn, on one hub
// that is never started again.
func TestFaults_ofTheLog(t *testing.T) {
	t.Parallel()
	for name, list := range map[string][]calamity{
		"refused":  {{"read-only", readOnly}, {"gone", away}, {"disk full", diskFull}},
		"withheld": {{"locked", locked}, {"slow", slow}, {"frozen", frozen}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := behind(t)
			for _, k := range list {
				s.survive(t, k)
			}
		})
	}
}

// readOnly puts the database into the state in which operators and services
// put one whose disk runs full.
func readOnly(t *testing.T, s outage) (end func()) {
	t.Helper()
	change(t, s.Hub, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`)
	change(t, s.Hub, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name LIKE 'tongxin-audit%'`)
	return func() {
		change(t, s.Hub, `BEGIN READ WRITE;
			DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()); END $$;
			COMMIT`)
	}
}

// away takes the table of entries away.
func away(t *testing.T, s outage) (end func()) {
	t.Helper()
	change(t, s.Hub, `ALTER TABLE audit_entry RENAME TO audit_entry_away`)
	return func() { change(t, s.Hub, `ALTER TABLE audit_entry_away RENAME TO audit_entry`) }
}

// diskFull answers as PostgreSQL does when a table cannot be extended. A file
// system that is really full needs rights that a test does not have everywhere.
func diskFull(t *testing.T, s outage) (end func()) {
	t.Helper()
	change(t, s.Hub, `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
		CREATE TRIGGER full_disk BEFORE INSERT ON audit_entry EXECUTE FUNCTION full_disk()`)
	return func() { change(t, s.Hub, `DROP TRIGGER full_disk ON audit_entry`) }
}

// locked holds the lock that ALTER TABLE, VACUUM FULL and some backups take.
func locked(t *testing.T, s outage) (end func()) {
	t.Helper()
	tx, err := s.DB.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `LOCK TABLE audit_entry, audit_packed, audit_head IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// slow lets every commit of the log wait, as a disk that hangs does.
func slow(t *testing.T, s outage) (end func()) {
	t.Helper()
	change(t, s.Hub, `CREATE TABLE hanging AS SELECT 1;
		CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			WHILE EXISTS (SELECT FROM hanging) LOOP PERFORM pg_sleep(0.02); END LOOP; RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER hang AFTER INSERT ON audit_hash DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hang()`)
	return func() { change(t, s.Hub, `DELETE FROM hanging`) }
}

// frozen lets no byte through between the writer and the server.
func frozen(_ *testing.T, s outage) (end func()) {
	s.proxy.Freeze()
	return s.proxy.Thaw
}

// TestFaults_ambiguousCommit cuts the writer's connection under load in the
// middle of a request and when the server says that it has committed: who
// waited for that word is shown nothing.
func TestFaults_ambiguousCommit(t *testing.T) {
	t.Parallel()
	s := behind(t)
	before := size(t, s.Hub)
	c := crowdtest.Gather(t, asked(t, s.Hub))
	c.Hears(t, crowdtest.Size, 10*time.Second, "answers before")
	for i := range 10 {
		refused, done := c.Refusals(), s.proxy.Cut([]proxytest.Moment{proxytest.AtAnswer, proxytest.InRequest}[i%2])
		<-done
		within(t, refusal, "refusals of what was cut", func() bool { return c.Refusals() > refused })
		c.Hears(t, 1, recovery, "an answer after the cut")
	}
	told := c.End()
	told.RefusedOnlyAs(t, "AUDIT_UNAVAILABLE")
	crowdtest.Kept(t, s.DB, told.Receipts)
	// The server had committed what it could not say: the log may hold more than
	// was shown, never less.
	if grown := size(t, s.Hub) - before; grown < int64(len(told.Receipts)) || grown > int64(len(told.Receipts)+len(told.Waits)) {
		t.Errorf("%d answers, %d refusals, %d entries", len(told.Receipts), len(told.Waits), grown)
	}
	sound(t, s.Hub, "the log after the cuts")
}

// TestFaults_frozenPathShowsNothing asks much more often than there are workers
// while the way to the log is frozen: not one byte of a record leaves.
func TestFaults_frozenPathShowsNothing(t *testing.T) {
	t.Parallel()
	const many = 200
	s := behind(t)
	q := asked(t, s.Hub)
	q.Secrets = secrets(t, s.Hub, s.Caller(t, "director").ChildID)
	first := crowdtest.Ask(t, q)
	if len(first.Receipts) != 1 {
		t.Fatalf("before: %+v", first)
	}
	before := size(t, s.Hub)
	s.proxy.Freeze()
	crowd := crowdtest.GatherMany(t, many, q)
	crowd.Refused(t, many, refusal, "refusals")
	told := crowd.End()
	s.proxy.Thaw()
	told.RefusedOnlyAs(t, "AUDIT_UNAVAILABLE")
	if len(told.Receipts) > 0 {
		t.Errorf("%d answers with data", len(told.Receipts))
	}
	sound(t, s.Hub, "the log after the thaw")
	if n := size(t, s.Hub); n < before {
		t.Errorf("the log shrank from %d to %d", before, n)
	}
}
