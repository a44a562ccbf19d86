package e2e

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/keyring/keyringtest"
	"github.com/tongxin-hub/tongxin/internal/pairwise"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// seed names the keys that all test hubs share.
const seed = "demo"

// open starts a hub on a database that holds the district already, beside
// others or alone. stop ends it as a signal would; it ends with the test anyway.
func open(t *testing.T, url string) (h *hubtest.Hub, stop func() error) {
	t.Helper()
	began := time.Now()
	cfg, err := config.Default()
	if err != nil {
		t.Fatal(err)
	}
	cfg.DatabaseURL, cfg.DataDir, cfg.Listen = url, t.TempDir(), "127.0.0.1:0"
	cfg.Background = false
	cfg.Demo.Enabled, cfg.Load.CallerRate, cfg.Load.CallerBurst = true, 1e6, 1<<20
	ring := keyringtest.New(t, seed)
	if err := ring.Save(cfg.Keys()); err != nil {
		t.Fatal(err)
	}
	a, err := app.NewWith(t.Context(), cfg, app.Options{Now: func() time.Time { return hubtest.Day().Add(time.Since(began)) }})
	if err != nil {
		t.Fatal(err)
	}
	db, err := postgres.Open(t.Context(), url, postgres.Options{Application: "tongxin-test", MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	h = &hubtest.Hub{
		URL: "http://" + a.Addr(), DB: db, IDs: pairwise.New(ring.Pairwise()),
		District: a.District(), App: a, DataDir: cfg.DataDir,
	}
	return h, run(t, a)
}

// run serves until stop is called or the test ends.
func run(t *testing.T, a *app.App) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		err := <-done
		closing, release := context.WithTimeout(context.Background(), 20*time.Second)
		defer release()
		return errors.Join(err, a.Close(closing))
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return stop
}
