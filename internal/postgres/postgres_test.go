package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

func TestOpen_startsEverySessionAlike(t *testing.T) {
	t.Parallel()
	url, _ := pgtest.New(t)
	pool, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	want := map[string]string{
		"application_name":              "tongxin",
		"TimeZone":                      "Asia/Shanghai",
		"plan_cache_mode":               "force_generic_plan",
		"jit":                           "off",
		"statement_timeout":             "8s",
		"default_transaction_isolation": "read committed",
	}
	got := map[string]string{}
	for name := range want {
		var value string
		if err := pool.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&value); err != nil {
			t.Fatal(err)
		}
		got[name] = value
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("session settings (-want +got):\n%s", diff)
	}
}

func TestInTx(t *testing.T) {
	t.Parallel()
	_, pool := pgtest.New(t)
	insert := func(tx pgx.Tx, code string) error {
		_, err := tx.Exec(t.Context(), "INSERT INTO term (code, starts_on, ends_on) VALUES ($1, '2026-09-01', '2027-01-20')", code)
		return err
	}
	refused := errors.New("refused")
	if err := postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error { return insert(tx, "KEPT") }); err != nil {
		t.Errorf("work that succeeds: %v", err)
	}
	err := postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error { return errors.Join(insert(tx, "UNDONE"), refused) })
	if !errors.Is(err, refused) {
		t.Errorf("work that is refused: error = %v, want %v", err, refused)
	}
	var codes []string
	if err := pool.QueryRow(t.Context(), "SELECT array_agg(code ORDER BY code) FROM term").Scan(&codes); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"KEPT"}, codes); diff != "" {
		t.Errorf("terms (-want +got):\n%s", diff)
	}
}

func TestMigrate_twoNodesMayStartTogether(t *testing.T) {
	t.Parallel()
	url, pool := pgtest.New(t)
	if _, err := pool.Exec(t.Context(), "DROP SCHEMA public, deciding, jobs CASCADE; CREATE SCHEMA public"); err != nil {
		t.Fatal(err)
	}
	failures := make(chan error)
	for range 2 {
		go func() { failures <- postgres.Migrate(t.Context(), url) }()
	}
	for range 2 {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	var tables int
	const count = "SELECT count(*) FROM pg_tables WHERE tablename IN ('division', 'agency', 'staff', 'post', 'ticket')"
	if err := pool.QueryRow(t.Context(), count).Scan(&tables); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(5, tables); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
}

// settings answers the durability query without a server that dares to.
type settings [3]string

func (s settings) QueryRow(context.Context, string, ...any) pgx.Row { return s }

func (s settings) Scan(into ...any) error {
	for i, target := range into {
		text, ok := target.(*string)
		if !ok {
			return errors.New("not a string")
		}
		*text = s[i]
	}
	return nil
}

func TestCheckDurability(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		settings settings
		refused  []string
	}{
		{"accepts a durable server", settings{"on", "on", "on"}, nil},
		{"accepts a stricter one", settings{"on", "on", "remote_apply"}, nil},
		{"refuses fsync=off", settings{"off", "on", "on"}, []string{"fsync=off"}},
		{"refuses full_page_writes=off", settings{"on", "off", "on"}, []string{"full_page_writes=off"}},
		{"refuses synchronous_commit=off", settings{"on", "on", "off"}, []string{"synchronous_commit=off"}},
		{"names all that is wrong", settings{"off", "off", "off"}, []string{"fsync=off", "full_page_writes=off", "synchronous_commit=off"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := postgres.CheckDurability(t.Context(), test.settings)
			if (err != nil) != (test.refused != nil) {
				t.Fatalf("error = %v, want one naming %v", err, test.refused)
			}
			for _, setting := range test.refused {
				if !strings.Contains(err.Error(), setting) {
					t.Errorf("error %q does not name %s", err, setting)
				}
			}
		})
	}
	t.Run("sees what the role was given", func(t *testing.T) {
		t.Parallel()
		url, pool := pgtest.New(t)
		const weaken = "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END$$"
		if _, err := pool.Exec(t.Context(), weaken); err != nil {
			t.Fatal(err)
		}
		weak, err := postgres.Open(t.Context(), url, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(weak.Close)
		if err := postgres.CheckDurability(t.Context(), weak); err == nil {
			t.Error("a database with synchronous_commit=off was accepted")
		}
	})
}

func TestRedact_keepsNoValue(t *testing.T) {
	t.Parallel()
	_, pool := pgtest.New(t)
	const canary = "canary-7f3a"
	tests := map[string]string{
		"a literal that is no number": "SELECT '" + canary + "'::bigint",
		"a key that exists twice":     "INSERT INTO term (code, starts_on, ends_on) SELECT '" + canary + "', '2026-09-01', '2027-01-20' FROM generate_series(1, 2)",
		"a row that breaks a check":   "INSERT INTO term (code, starts_on, ends_on) VALUES ('" + canary + "', '2027-01-20', '2026-09-01')",
	}
	for name, statement := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pool.Exec(t.Context(), statement)
			if err == nil {
				t.Fatal("the statement should fail")
			}
			if code := postgres.Code(err); len(code) != 5 || !postgres.QuotesData(err) {
				t.Errorf("code = %q, want a SQLSTATE", code)
			}
			text := postgres.Redact(err).Error()
			if strings.Contains(text, canary) || !strings.HasPrefix(text, "SQLSTATE ") {
				t.Errorf("redacted to %q", text)
			}
		})
	}
}
