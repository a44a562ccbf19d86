package crowdtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// Size is how many clients a crowd has unless it is told otherwise.
const Size = 16

// pause is how long a client waits after a refusal: nobody hammers a hub that
// is down.
const pause = 20 * time.Millisecond

// Question is the request that a client repeats.
type Question struct {
	// URL of the hub's GraphQL endpoint.
	URL    string
	Header http.Header
	Body   []byte
	// Secrets are stored values that no refusal may hold.
	Secrets []string
}

// request is the question, ready to be sent.
func (q Question) request(ctx context.Context) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, q.URL, bytes.NewReader(q.Body))
	if err == nil {
		r.Header = q.Header.Clone()
	}
	return r, err
}

// told reports whether a body holds one of the secrets.
func (q Question) told(body []byte) bool {
	return slices.ContainsFunc(q.Secrets, func(secret string) bool { return bytes.Contains(body, []byte(secret)) })
}

// Crowd are clients that ask while something breaks, and keep everything that
// they were told.
type Crowd struct {
	client *http.Client
	done   chan struct{}
	all    sync.WaitGroup

	mu   sync.Mutex
	told Told
}

// Told is what a crowd was told.
type Told struct {
	// Receipts are those of answers with data.
	Receipts []hubtest.Receipt
	// First is the data of the first of them.
	First json.RawMessage
	// Refused counts refusals by code; Waits are how long they took.
	Refused map[string]int
	Waits   []time.Duration
	// Longest is the answer with data that took longest.
	Longest time.Duration
	// Unanswered requests never got a whole answer.
	Unanswered int
	// Wrong are answers that are neither data with a receipt nor a refusal.
	Wrong []string
}

// Gather starts a crowd of Size that is spread over the questions.
func Gather(tb testing.TB, questions ...Question) *Crowd {
	tb.Helper()
	return GatherMany(tb, Size, questions...)
}

// GatherMany starts a crowd of n that is spread over the questions. It ends
// with the test.
func GatherMany(tb testing.TB, n int, questions ...Question) *Crowd {
	tb.Helper()
	c := &Crowd{
		client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: n}},
		done:   make(chan struct{}), told: Told{Refused: map[string]int{}},
	}
	ctx := tb.Context()
	for i := range n {
		c.all.Go(func() { c.keepAsking(ctx, questions[i%len(questions)]) })
	}
	tb.Cleanup(func() { c.End() })
	return c
}

// Ask asks once and says what came.
func Ask(tb testing.TB, q Question) Told {
	tb.Helper()
	c := &Crowd{client: &http.Client{Timeout: 20 * time.Second}, told: Told{Refused: map[string]int{}}}
	c.ask(tb.Context(), q)
	return c.told
}

// End lets everybody finish the question at hand and says what they were told.
func (c *Crowd) End() Told {
	c.mu.Lock()
	select {
	case <-c.done:
	default:
		close(c.done)
	}
	c.mu.Unlock()
	c.all.Wait()
	c.client.CloseIdleConnections()
	return c.told
}

func (c *Crowd) keepAsking(ctx context.Context, q Question) {
	for {
		if !c.ask(ctx, q) {
			select {
			case <-c.done:
			case <-time.After(pause):
			}
		}
		select {
		case <-c.done:
			return
		default:
		}
	}
}

// ask asks once; false when there was no data.
func (c *Crowd) ask(ctx context.Context, q Question) bool {
	began := time.Now()
	got, err := c.send(ctx, q)
	took := time.Since(began)
	c.mu.Lock()
	defer c.mu.Unlock()
	receipt, t := got.Extensions.Disclosure, &c.told
	switch {
	case err != nil:
		t.Unanswered++
	case got.Status == http.StatusOK && len(got.Errors) == 0 && len(got.Data) > 0 && receipt.Entry != "":
		if len(t.Receipts) == 0 {
			t.First = got.Data
		}
		t.Receipts, t.Longest = append(t.Receipts, receipt), max(t.Longest, took)
		return true
	case got.Status != http.StatusOK && len(got.Errors) == 1 && len(got.Data) == 0 && !q.told(got.Body):
		t.Refused[got.Errors[0].Extensions.Code]++
		t.Waits = append(t.Waits, took)
	default:
		t.Wrong = append(t.Wrong, fmt.Sprintf("%d %.300s", got.Status, got.Body))
	}
	return false
}

func (c *Crowd) send(ctx context.Context, q Question) (hubtest.Response, error) {
	r, err := q.request(ctx)
	if err != nil {
		return hubtest.Response{}, err
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return hubtest.Response{}, err
	}
	defer answer.Body.Close() //nolint:errcheck // read to the end
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return hubtest.Response{}, err
	}
	out := hubtest.Response{Status: answer.StatusCode, Body: body}
	return out, json.Unmarshal(body, &out)
}

// Answered is how many answers with data there are by now.
func (c *Crowd) Answered() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.told.Receipts)
}

// Refusals is how many refusals there are by now.
func (c *Crowd) Refusals() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.told.Waits)
}

// Hears waits until n more answers with data have come, and says whether they
// came in time.
func (c *Crowd) Hears(tb testing.TB, n int, d time.Duration, what string) bool {
	tb.Helper()
	n += c.Answered()
	return Within(tb, d, what, func() bool { return c.Answered() >= n })
}

// Refused waits until n more requests have been refused.
func (c *Crowd) Refused(tb testing.TB, n int, d time.Duration, what string) bool {
	tb.Helper()
	n += c.Refusals()
	return Within(tb, d, what, func() bool { return c.Refusals() >= n })
}

// Within waits for a change that is promised within a time.
func Within(tb testing.TB, d time.Duration, what string, holds func() bool) bool {
	tb.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(d); ; <-ticker.C {
		if holds() {
			return true
		}
		if time.Now().After(end) {
			tb.Errorf("%s: not within %v", what, d)
			return false
		}
	}
}

// Slowest is the refusal that took longest.
func (t *Told) Slowest() time.Duration {
	if len(t.Waits) == 0 {
		return 0
	}
	return slices.Max(t.Waits)
}

// P99 is the time that 99 of 100 refusals took at most.
func (t *Told) P99() time.Duration {
	if len(t.Waits) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(t.Waits))
	return sorted[(len(sorted)-1)*99/100]
}

// RefusedOnlyAs expects every answer to be data with a receipt or a refusal
// with one of the codes, and no refusal to have taken longer than promised.
func (t *Told) RefusedOnlyAs(tb testing.TB, codes ...string) {
	tb.Helper()
	for code, n := range t.Refused {
		if !slices.Contains(codes, code) {
			tb.Errorf("%d requests were refused as %s, expected only %v", n, code, codes)
		}
	}
	if slowest := t.Slowest(); slowest > 5500*time.Millisecond {
		tb.Errorf("a refusal took %v, promised are 5s", slowest)
	}
	for _, w := range t.Wrong {
		tb.Errorf("neither data with a receipt nor a refusal: %s", w)
	}
	tb.Logf("%d answers (slowest %v), refused %v (slowest %v), %d without an answer",
		len(t.Receipts), t.Longest, t.Refused, t.Slowest(), t.Unanswered)
}
