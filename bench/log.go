package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/bench/biglog"
	"github.com/tongxin-hub/tongxin/bench/load"
	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/keyring"
	"github.com/tongxin-hub/tongxin/internal/pairwise"
	"github.com/tongxin-hub/tongxin/internal/pglocal"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// logCommand asks the auditors' questions of a long log.
type logCommand struct {
	Dir     string `default:"data/bench" help:"Directory of the benchmark's databases." type:"path"`
	Entries int    `default:"1000000" help:"Entries of the log."`
	Months  int    `default:"12" help:"Months that they are spread over."`
	Rounds  int    `default:"21" help:"How often each question is asked."`
	Write   string `help:"Put the table into this file (bench/RESULTS.md), under its heading." type:"path" placeholder:"FILE"`
}

// Run makes the log, asks over HTTP and prints the table.
func (c *logCommand) Run(ctx context.Context) (err error) {
	dir := filepath.Join(c.Dir, fmt.Sprintf("log-%d", c.Entries))
	server, err := pglocal.Start(ctx, filepath.Join(dir, "postgres"), pglocal.Options{
		Settings: []string{"shared_buffers=512MB", "max_wal_size=4GB", "random_page_cost=1.1"},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	b := &bigLog{command: c, dir: dir, url: server.URL("tongxin")}
	if err := b.fill(ctx); err != nil {
		return err
	}
	defer b.db.Close()
	hub, err := b.start(ctx)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- hub.Run(running) }()
	defer func() {
		stop()
		err = errors.Join(err, <-done, hub.Close(context.WithoutCancel(ctx)))
	}()
	text, err := b.ask(ctx, hub)
	if err != nil {
		return err
	}
	_, err = io.WriteString(os.Stdout, text)
	if c.Write != "" {
		err = errors.Join(err, section(c.Write, text))
	}
	return err
}

// bigLog is a district with a long log.
type bigLog struct {
	command  *logCommand
	dir, url string
	db       *pgxpool.Pool
	took     biglog.Took
	explain  biglog.Explainer
	// large are the tables that should not be read from end to end.
	large []string
}

// start is the hub in this program, over the demo district.
func (b *bigLog) start(ctx context.Context) (*app.App, error) {
	cfg, err := config.Default()
	if err != nil {
		return nil, err
	}
	cfg.DatabaseURL, cfg.DataDir, cfg.Listen, cfg.CreateKeys = b.url, b.dir, "127.0.0.1:0", true
	cfg.Demo.Enabled, cfg.Load.CallerRate, cfg.Load.CallerBurst = true, 1e6, 1<<20
	return app.NewWith(ctx, cfg, app.Options{Now: time.Now, LogTo: os.Stderr, Strict: true, Reads: func(r disclosure.Reader) disclosure.Reader {
		b.explain.Reader = r
		return &b.explain
	}})
}

// fill makes the district and then the log, each once.
func (b *bigLog) fill(ctx context.Context) error {
	hub, err := b.start(ctx)
	if err != nil {
		return err
	}
	if err := hub.Close(ctx); err != nil {
		return err
	}
	b.db, err = postgres.Open(ctx, b.url, postgres.Options{Application: "bench", MaxConns: 4, StatementTimeout: -1})
	if err != nil {
		return err
	}
	b.explain.DB = b.db
	if err := app.FollowLog(ctx, b.db); err != nil {
		return err
	}
	b.took, err = biglog.Fill(ctx, b.db, biglog.Options{
		Entries: b.command.Entries, Months: b.command.Months, Until: time.Now().Add(-time.Hour),
		Say: func(format string, a ...any) { fmt.Fprintf(os.Stderr, format+"\n", a...) },
	})
	return err
}

// ask asks every question and gives the table.
func (b *bigLog) ask(ctx context.Context, hub *app.App) (string, error) {
	ring, err := keyring.Open(filepath.Join(b.dir, "keys"), false)
	if err != nil {
		return "", err
	}
	callers := hub.District().Callers()
	auditor := callers[slices.IndexFunc(callers, func(c demo.Caller) bool { return c.Key == "auditor" })]
	token, err := hub.DemoToken(auditor.AgencyCode, auditor.StaffCode)
	if err != nil {
		return "", err
	}
	ids := pairwise.New(ring.Pairwise())
	questions, err := biglog.Questions(ctx, b.db, time.Now(), func(id int64) string { return ids.Encode(auditor.AgencyCode, "Child", id) })
	if err != nil {
		return "", err
	}
	slices.SortFunc(questions, func(x, y biglog.Question) int { return strings.Compare(x.Name, y.Name) })
	var out strings.Builder
	if err := b.head(ctx, &out); err != nil {
		return "", err
	}
	// After the counting: a hub does not keep a silent connection.
	client, err := load.Dial(ctx, hub.Addr())
	if err != nil {
		return "", err
	}
	defer client.Close()
	header := map[string]string{"Authorization": "Bearer " + token, "Tongxin-Purpose": auditor.Purpose, "Tongxin-Ticket": auditor.TicketCode}
	for _, q := range questions {
		body, err := json.Marshal(map[string]any{"query": q.Query, "variables": q.Variables})
		if err != nil {
			return "", err
		}
		line, err := b.one(client, load.Post("hub", "/graphql", header, body))
		if err != nil {
			line = fmt.Sprintf(" failed: %.120s | | | ", strings.ReplaceAll(err.Error(), "\n", " "))
		}
		fmt.Fprintf(&out, "| %s |%s|\n", q.Name, line)
	}
	text, err := year(ctx, b.db, time.Now())
	return out.String() + text, err
}

const shapeSQL = `SELECT (SELECT count(*) FROM audit_entry), (SELECT count(*) FROM audit_disclosure), (SELECT count(*) FROM audit_key), (SELECT count(*) FROM audit_finding),
	pg_size_pretty((SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname ~ '^audit_(entry|disclosure)')),
	pg_size_pretty((SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname ~ '^audit_(key|finding|day|hour|address|purpose)$'))`

const largeSQL = `SELECT coalesce(array_agg(relname ORDER BY relname), '{}') FROM pg_class WHERE relkind = 'r' AND relname LIKE 'audit\_%' AND reltuples > 5000`

func (b *bigLog) head(ctx context.Context, out *strings.Builder) error {
	var entries, disclosures, keys, findings int
	var log, kept string
	if err := b.db.QueryRow(ctx, shapeSQL).Scan(&entries, &disclosures, &keys, &findings, &log, &kept); err != nil {
		return err
	}
	if err := b.db.QueryRow(ctx, largeSQL).Scan(&b.large); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n\n%d entries with %d disclosures over %d months (%s); kept beside them %d postings and %d findings (%s).\n",
		logHeading, entries, disclosures, b.command.Months, log, keys, findings, kept)
	if b.took.Entries > 0 {
		fmt.Fprintf(out, "The entries were made in %.0f s, what is kept beside them in %.0f s; the last of them were followed as a hub does, behind the answers: %d µs an entry.\n",
			b.took.Entries.Seconds(), b.took.Kept.Seconds(), b.took.Followed.Microseconds())
	}
	fmt.Fprintf(out, "They stand outside the tree (no real leaves) and are read like any other. Each question over HTTP, %d times, one client, a durable entry each.\n"+
		"Plans are asked for with the values of the question; a table of the log with more than 5,000 rows that is read from end to end is named.\n\n"+
		"| question | p50 ms | p95 ms | read from end to end | how |\n|---|---:|---:|---|---|\n", b.command.Rounds)
	return nil
}

// one asks a question as often as said and once for its plans.
func (b *bigLog) one(client *load.Client, request load.Request) (string, error) {
	var took []time.Duration
	for range b.command.Rounds {
		began := time.Now()
		if _, err := client.Do(request); err != nil {
			return "", err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.explain.On.Store(true)
	_, err := client.Do(request)
	b.explain.On.Store(false)
	plans := b.explain.Take()
	walked := strings.Join(slices.DeleteFunc(biglog.Walked(plans), func(table string) bool { return !slices.Contains(b.large, table) }), ", ")
	if walked == "" {
		walked = "–"
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf(" %.1f | %.1f | %s | %s ", ms(took[len(took)/2]), ms(took[len(took)*95/100]), walked, strings.Join(biglog.Nodes(plans), ", ")), err
}

// logHeading begins the section of bench/RESULTS.md that this command owns.
const logHeading = "## Questions of an auditor"

// section puts text in place of the section that begins with its heading.
func section(path, text string) error {
	old, err := os.ReadFile(path) //nolint:gosec // the file that was named
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(old), logHeading)
	if !found {
		before = strings.TrimRight(before, "\n") + "\n\n"
	}
	after := ""
	if i := strings.Index(rest, "\n## "); i >= 0 {
		after = rest[i:]
	}
	return os.WriteFile(path, []byte(before+text+after), 0o644) //nolint:gosec // a report for everybody
}
