package load

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Result is what a loop measured.
type Result struct {
	Requests int
	Bytes    int64
	Elapsed  time.Duration
	// P50 and P99 are latencies; Max the longest.
	P50, P99, Max time.Duration
}

// Rate is requests per second.
func (r Result) Rate() float64 { return float64(r.Requests) / r.Elapsed.Seconds() }

// Spec is one loop: whom to ask, what, by how many and for how long.
type Spec struct {
	Addr     string
	Requests []Request
	Clients  int
	For      time.Duration
	// Seed decides which of Requests each client sends; the same for all
	// contestants of a round.
	Seed uint64
	// Rate, when set, makes the loop open: so many requests begin per second
	// whether or not earlier ones were answered, and a latency begins when its
	// request was due.
	Rate float64
}

// worker is one client with what it measured.
type worker struct {
	client    *Client
	random    *rand.Rand
	latencies []time.Duration
	bytes     int64
}

// Run runs the loop. The first error of any client ends it.
func Run(ctx context.Context, s Spec) (Result, error) {
	if len(s.Requests) == 0 {
		return Result{}, errors.New("no requests")
	}
	workers := make([]*worker, s.Clients)
	for i := range workers {
		client, err := Dial(ctx, s.Addr)
		if err != nil {
			return Result{}, err
		}
		defer client.Close()
		workers[i] = &worker{client: client, random: rand.New(rand.NewPCG(s.Seed, uint64(i))), latencies: make([]time.Duration, 0, 4096)} //nolint:gosec // a repeatable stream is the point
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, s.Clients)
	due := s.schedule(ctx)
	began := time.Now()
	var wait sync.WaitGroup
	for i, w := range workers {
		wait.Go(func() {
			if errs[i] = w.loop(ctx, s, due, began.Add(s.For)); errs[i] != nil {
				cancel()
			}
		})
	}
	wait.Wait()
	elapsed := time.Since(began)
	if err := errors.Join(errs...); err != nil {
		return Result{}, err
	}
	return sum(workers, elapsed), nil
}

// schedule hands out the moments at which requests are due, nil when closed.
func (s Spec) schedule(ctx context.Context) <-chan time.Time {
	if s.Rate <= 0 {
		return nil
	}
	due := make(chan time.Time, int(s.Rate*s.For.Seconds())+1)
	go func() {
		defer close(due)
		random := rand.New(rand.NewPCG(s.Seed, 1<<40)) //nolint:gosec // a repeatable stream is the point
		began := time.Now()
		at := time.Duration(0)
		for at < s.For {
			select {
			case <-time.After(time.Until(began.Add(at))):
			case <-ctx.Done():
				return
			}
			due <- began.Add(at)
			// Arrivals of independent callers: exponential gaps.
			at += time.Duration(random.ExpFloat64() / s.Rate * float64(time.Second))
		}
	}()
	return due
}

// loop sends until the end, or until the schedule is used up.
func (w *worker) loop(ctx context.Context, s Spec, due <-chan time.Time, end time.Time) error {
	for {
		began := time.Now()
		if due != nil {
			at, more := <-due
			if !more {
				return nil
			}
			began = at
		} else if began.After(end) {
			return nil
		}
		if ctx.Err() != nil {
			return nil
		}
		body, err := w.client.Do(s.Requests[w.random.IntN(len(s.Requests))])
		if err != nil {
			return err
		}
		w.latencies = append(w.latencies, time.Since(began))
		w.bytes += int64(len(body))
	}
}

func sum(workers []*worker, elapsed time.Duration) Result {
	r := Result{Elapsed: elapsed}
	var all []time.Duration
	for _, w := range workers {
		all = append(all, w.latencies...)
		r.Bytes += w.bytes
	}
	if r.Requests = len(all); r.Requests == 0 {
		return r
	}
	slices.Sort(all)
	r.P50, r.P99, r.Max = all[len(all)/2], all[len(all)*99/100], all[len(all)-1]
	return r
}
