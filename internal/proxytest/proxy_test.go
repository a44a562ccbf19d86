package proxytest_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/proxytest"
)

func connect(t *testing.T, url, application string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url+"&application_name="+application)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func TestProxy_cutsAtTheMoment(t *testing.T) {
	t.Parallel()
	database, db := pgtest.New(t)
	p, url := proxytest.Start(t, database, proxytest.Options{Application: "victim"})
	for _, c := range []struct {
		at   proxytest.Moment
		rows int
	}{{proxytest.InRequest, 0}, {proxytest.AtAnswer, 1}} {
		if _, err := db.Exec(t.Context(), `DROP TABLE IF EXISTS cut; CREATE TABLE cut (text text)`); err != nil {
			t.Fatal(err)
		}
		bystander, victim := connect(t, url, "victim-side"), connect(t, url, "victim")
		done := p.Cut(c.at)
		// Without arguments the whole text is one message of more than a ping.
		insert := `BEGIN; INSERT INTO cut VALUES ('x'); COMMIT --`
		for len(insert) < 1024 {
			insert += " padding"
		}
		if _, err := victim.Exec(t.Context(), insert); err == nil {
			t.Errorf("moment %d: the cut session heard of its commit", c.at)
		}
		<-done
		var rows int
		if err := bystander.QueryRow(t.Context(), `SELECT count(*) FROM cut`).Scan(&rows); err != nil || rows != c.rows {
			t.Errorf("moment %d: %d rows (%v), want %d", c.at, rows, err, c.rows)
		}
	}
}

func TestProxy_freezesAndDelays(t *testing.T) {
	t.Parallel()
	database, _ := pgtest.New(t)
	const delay = 20 * time.Millisecond
	p, url := proxytest.Start(t, database, proxytest.Options{Application: "victim", Delay: delay})
	bystander, victim := connect(t, url, "other"), connect(t, url, "victim-side")
	p.Freeze()
	heard := make(chan error, 1)
	go func() { heard <- victim.Ping(t.Context()) }()
	began := time.Now()
	if err := bystander.Ping(t.Context()); err != nil || time.Since(began) < 2*delay {
		t.Errorf("the way there and back took %v (%v), want at least %v", time.Since(began), err, 2*delay)
	}
	select {
	case err := <-heard:
		t.Errorf("a frozen session was answered: %v", err)
	default:
	}
	p.Thaw()
	if err := <-heard; err != nil {
		t.Errorf("after the thaw: %v", err)
	}
}
