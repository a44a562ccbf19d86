package watch_test

import (
	"context"
	"flag"
	"log/slog"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/follower"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/keyring/keyringtest"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/watch"
)

var entries = flag.Int("entries", 40_000, "length of the log that BenchmarkFollow catches up with")

// BenchmarkFollow is catching up with a whole year of the demo district.
func BenchmarkFollow(b *testing.B) {
	scale := demo.Small
	if *entries > 40_000 {
		scale = demo.Full
	}
	_, db := pgtest.NewFrom(b, "watch", func(ctx context.Context, url string) error {
		return hubtest.Fill(ctx, url, keyringtest.New(b, "watch"), demo.Options{Scale: scale, Seed: 1, Today: hubtest.Day(), LogEntries: *entries})
	})
	for b.Loop() {
		if _, err := db.Exec(b.Context(), `TRUNCATE follower, access_fact, review_item, review_entry, review_event CASCADE`); err != nil {
			b.Fatal(err)
		}
		err := follower.CatchUp(b.Context(), follower.Deps{
			DB: db, Name: watch.Name, Work: watch.Follow(time.Now), Batch: watch.Batch, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(*entries)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
