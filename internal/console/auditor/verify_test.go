package auditor

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// TestBounded: a file is read to its end, and not a byte or a moment beyond what is
// given to it.
func TestBounded(t *testing.T) {
	t.Parallel()
	later, past := time.Now().Add(time.Hour), time.Now().Add(-time.Second)
	for name, c := range map[string]struct {
		file  string
		until time.Time
		want  error
	}{
		"fits":      {strings.Repeat("x", 100), later, nil},
		"too large": {strings.Repeat("x", 101), later, errTooLarge},
		"too long":  {"x", past, errTooLong},
	} {
		b := &bounded{in: strings.NewReader(c.file), left: 100, until: c.until}
		if _, err := io.ReadAll(b); !errors.Is(err, c.want) || !errors.Is(b.ended, c.want) {
			t.Errorf("%s: %v, ended by %v", name, err, b.ended)
		}
	}
}
