package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/bundle"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/keyring/keyringtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/witness"
)

// agencies are two witnesses of the test hubs' log, on machines of their own.
type agencies struct {
	file  string // for the hub
	first *witness.Witness
	log   note.Verifier
	keys  cosignature.Quorum
}

func startAgencies(t *testing.T) *agencies {
	t.Helper()
	log, err := note.NewVerifier(keyringtest.New(t, hubtest.Seed).VerifierKey())
	check(t, err)
	a := &agencies{log: log}
	type member struct {
		URL string `json:"url"`
		Key string `json:"key"`
	}
	var members []member
	for _, name := range []string{"jy.example.test", "wj.example.test"} {
		dir := t.TempDir()
		check(t, witness.CreateKey(rand.Reader, filepath.Join(dir, "keys"), name))
		check(t, witness.CreateState(filepath.Join(dir, "state")))
		own, err := witness.OpenKey(filepath.Join(dir, "keys"), time.Now)
		check(t, err)
		w, err := witness.Open(filepath.Join(dir, "state"), log.Name(), log, own)
		check(t, err)
		t.Cleanup(func() { _ = w.Close() })
		server := httptest.NewServer(w.Handler(slog.New(slog.DiscardHandler)))
		t.Cleanup(server.Close)
		members = append(members, member{server.URL, own.VerifierKey()})
		if a.first == nil {
			a.first = w
		}
	}
	text, err := json.Marshal(map[string]any{"quorum": 2, "witnesses": members})
	check(t, err)
	a.file = filepath.Join(t.TempDir(), "witnesses.json")
	check(t, os.WriteFile(a.file, text, 0o600))
	a.keys, err = cosignature.ReadQuorum(a.file)
	check(t, err)
	return a
}

// logStatus is what an auditor is told.
type logStatus struct {
	KeyName, Size, SignedSize string
	SignedAt                  time.Time
	Witnesses                 []logWitness
}

type logWitness struct {
	Name, Size, RefusedSize, Refusal string
	AgeSeconds                       *int
}

// status asks until every witness has been heard.
func status(t *testing.T, h *hubtest.Hub, heard func(logWitness) bool) logStatus {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for ctx.Err() == nil {
		got := h.Ask(t, h.Caller(t, "auditor"), hubtest.Question{Query: `query Status { logStatus { keyName size signedSize signedAt
			witnesses { name size ageSeconds refusedSize refusal } } }`})
		var data struct{ LogStatus *logStatus }
		if err := json.Unmarshal(got.Data, &data); err != nil || data.LogStatus == nil {
			t.Fatalf("%v: %s", err, got.Body)
		}
		if !slices.ContainsFunc(data.LogStatus.Witnesses, func(w logWitness) bool { return !heard(w) }) {
			return *data.LogStatus
		}
	}
	t.Fatal("the witnesses were not heard within a minute")
	return logStatus{}
}

// TestLogStatus_witnesses: what a quorum cosigned is published, and auditors see
// who did; a hub whose operator rewrote the history with all its keys is refused
// by every witness and says so, and what a witness keeps shows the fork.
func TestLogStatus_witnesses(t *testing.T) {
	t.Parallel()
	a := startAgencies(t)
	true1 := hubtest.Start(t, hubtest.Options{Configure: func(c *config.Config) { c.Witnesses = a.file }})
	got := status(t, true1, func(w logWitness) bool { return w.AgeSeconds != nil })
	if got.KeyName != a.log.Name() || got.SignedAt.IsZero() || len(got.Witnesses) != 2 || got.Witnesses[0].Refusal != "" {
		t.Errorf("the true hub: %+v", got)
	}
	text, lines := publishedNote(t, true1)
	if met := a.keys.Met(text, lines); len(met) != 2 {
		t.Errorf("published with %v", met)
	}
	kept, size := a.first.Last()

	rewritten := hubtest.Start(t, hubtest.Options{Configure: func(c *config.Config) {
		c.Witnesses = a.file
		rewrite(t, c.DatabaseURL, int(size)+50)
	}})
	got = status(t, rewritten, func(w logWitness) bool { return w.Refusal != "" })
	var refusals []string
	for _, w := range got.Witnesses {
		refusals = append(refusals, w.Name+" "+w.Refusal)
	}
	if diff := cmp.Diff([]string{"jy.example.test NOT_CONSISTENT", "wj.example.test NOT_CONSISTENT"}, refusals); diff != "" {
		t.Error(diff)
	}
	if text, lines := publishedNote(t, rewritten); len(a.keys.Met(text, lines)) > 0 {
		t.Error("the rewritten log is published with cosignatures")
	}
	report, err := audit.Verify(t.Context(), rewritten.DB, a.log)
	if err != nil || !report.OK() {
		t.Fatalf("in itself the rewritten log is sound: %v\n%s", err, report.String())
	}
	report, err = audit.Verify(t.Context(), rewritten.DB, a.log, []byte(kept))
	if err != nil || !slices.ContainsFunc(report.Findings, func(f audit.Finding) bool { return f.Problem == audit.CheckpointForked }) {
		t.Errorf("verify with the witness's checkpoint: %v\n%s", err, report.String())
	}
	var out bytes.Buffer
	check(t, audit.Read(t.Context(), rewritten.DB, func(x *audit.Excerpt) error {
		return bundle.Export(t.Context(), x, &out, bundle.Order{From: 0, To: size + 40})
	}))
	checked, err := bundle.Verify(&out, bundle.Keys{Log: a.log, Witnesses: a.keys, Trusted: [][]byte{[]byte(kept)}})
	check(t, err)
	for _, want := range []audit.Problem{audit.CheckpointForked, audit.QuorumMissing} {
		if !slices.ContainsFunc(checked.Findings, func(f audit.Finding) bool { return f.Problem == want }) {
			t.Errorf("the bundle does not show %s:\n%s", want, checked.String())
		}
	}
}

// publishedNote is the checkpoint that the hub shows to everybody.
func publishedNote(t *testing.T, h *hubtest.Hub) (text, lines string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+"/log/checkpoint", http.NoBody)
	check(t, err)
	response, err := http.DefaultClient.Do(request)
	check(t, err)
	defer response.Body.Close() //nolint:errcheck // read to the end
	var body bytes.Buffer
	_, err = body.ReadFrom(response.Body)
	check(t, err)
	text, lines, _ = cosignature.Split(body.String())
	return text, lines
}

// rewrite replaces the whole log of a database by n other entries, signed with the
// hub's real key, as its operator could.
func rewrite(t *testing.T, url string, n int) {
	t.Helper()
	ring := keyringtest.New(t, hubtest.Seed)
	key, err := note.NewVerifier(ring.VerifierKey())
	check(t, err)
	db, err := postgres.Open(t.Context(), url, postgres.Options{Application: "operator", MaxConns: 1})
	check(t, err)
	defer db.Close()
	for _, sql := range []string{
		"SET session_replication_role = replica", "DELETE FROM audit_entry", "DELETE FROM audit_packed", "DELETE FROM audit_hash", "DELETE FROM audit_checkpoint",
		"UPDATE audit_head SET size = 0, root = decode(repeat('00', 32), 'hex'), frontier = '', at = 'epoch'",
	} {
		_, err := db.Exec(t.Context(), sql)
		check(t, err)
	}
	w, err := audit.Open(t.Context(), url, audit.Options{
		Origin: key.Name(), Signer: ring.Signer(), Verifier: key, Backdated: true, Logger: slog.New(slog.DiscardHandler), Now: hubtest.Day,
	})
	check(t, err)
	entries := make([]audit.Entry, n)
	for i := range entries {
		entries[i] = audit.Entry{Operation: fmt.Sprint("Rewritten", i), At: hubtest.Day().Add(time.Duration(i-n) * time.Second)}
	}
	_, err = w.AppendBatch(t.Context(), entries)
	check(t, err)
	check(t, w.Close(t.Context()))
}

// check ends the test on an error of its own making.
func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
