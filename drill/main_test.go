package drill

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/cli"
	"github.com/tongxin-hub/tongxin/internal/config"
)

var (
	full   = flag.Bool("full", false, "as many rounds as a release promises")
	rounds = flag.Int("rounds", 0, "rounds of every drill instead")
	binary = flag.String("hub", "", "the hub's binary; without it the hub inside this test")
)

// asHub makes the test binary a hub.
const asHub = "TONGXIN_DRILL_HUB"

func TestMain(m *testing.M) {
	if os.Getenv(asHub) != "" {
		os.Exit(hub())
	}
	code := m.Run()
	if err := os.RemoveAll(template.dir); err != nil {
		fmt.Fprintln(os.Stderr, "drill:", err)
		code = 1
	}
	os.Exit(code)
}

// hub is what cmd/tongxin is.
func hub() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	start := func(ctx context.Context, c config.Config) (cli.Hub, error) { return app.New(ctx, c) }
	return cli.Run(ctx, os.Args[1:], cli.Environment{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Start: start})
}

// times is how often a drill goes round: in `make test`, and for a release.
func times(quick, release int) int {
	switch {
	case *rounds > 0:
		return *rounds
	case *full:
		return release
	}
	return quick
}

// passed prints the line of a drill. When nothing was lost in n rounds, the
// chance that a round loses something is, with 95 % confidence, below 1 - 0.05^(1/n),
// which is about 3/n.
func passed(t *testing.T, n int, what string) {
	t.Helper()
	line := fmt.Sprintf("FAIL  %-18s %s\n", t.Name(), what)
	if !t.Failed() {
		bound := 100 * (1 - math.Pow(0.05, 1/float64(n)))
		line = fmt.Sprintf("ok    %-18s %s; 0 lost in %d, below %.2g %% each (95 %%)\n", t.Name(), what, n, bound)
	}
	if _, err := os.Stdout.WriteString(line); err != nil {
		t.Error(err)
	}
}
