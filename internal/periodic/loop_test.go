package periodic_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/periodic"
)

// TestLoop_tellsWhenItBeginsToFail lets a step fail twice, succeed and fail again.
func TestLoop_tellsWhenItBeginsToFail(t *testing.T) {
	t.Parallel()
	var told bytes.Buffer
	turn, enough := 0, make(chan struct{})
	loop := periodic.Start(t.Context(), slog.New(slog.NewTextHandler(&told, nil)), 0, func(context.Context) (time.Duration, error) {
		turn++
		switch turn {
		case 1, 2, 4:
			return 0, errors.New("no database")
		case 5:
			close(enough)
			return time.Hour, nil
		default:
			return 0, nil
		}
	})
	<-enough
	if err := loop.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(told.String(), "no database"); got != 2 {
		t.Errorf("the log was told %d times, want 2: when failing began, and when it began again", got)
	}
}

// TestLoop_Close ends a step that waits, and nothing is told of it.
func TestLoop_Close(t *testing.T) {
	t.Parallel()
	var told bytes.Buffer
	begun := make(chan struct{})
	loop := periodic.Start(t.Context(), slog.New(slog.NewTextHandler(&told, nil)), 0, func(ctx context.Context) (time.Duration, error) {
		close(begun)
		<-ctx.Done()
		return 0, ctx.Err()
	})
	<-begun
	if err := loop.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if told.Len() > 0 {
		t.Errorf("closing was told as a failure: %s", &told)
	}
}
