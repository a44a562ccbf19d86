package e2e

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// crowdSize is how many clients a crowd has.
const crowdSize = 16

// crowd are clients that ask for one child again and again while something
// breaks, and keep everything that they were told.
type crowd struct {
	client *http.Client
	done   chan struct{}
	all    sync.WaitGroup

	mu sync.Mutex
	// receipts are those of answers with data.
	receipts []hubtest.Receipt
	// refused counts refusals by code; slowest is the one that took longest.
	refused map[string]int
	slowest time.Duration
	// longest is the answer with data that took longest.
	longest time.Duration
	// unanswered requests never got a whole answer.
	unanswered int
	// wrong are answers that are neither data with a receipt nor a refusal.
	wrong []string
}

// gather starts a crowd that is spread over the hubs.
func gather(t *testing.T, hubs ...*hubtest.Hub) *crowd {
	t.Helper()
	c := &crowd{
		client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: crowdSize}},
		done:   make(chan struct{}), refused: map[string]int{},
	}
	var requests []func() (*http.Request, error)
	for _, h := range hubs {
		requests = append(requests, question(t, h))
	}
	for i := range crowdSize {
		c.all.Go(func() { c.keepAsking(requests[i%len(requests)]) })
	}
	t.Cleanup(c.end)
	return c
}

// end lets everybody finish the question at hand.
func (c *crowd) end() {
	c.mu.Lock()
	select {
	case <-c.done:
	default:
		close(c.done)
	}
	c.mu.Unlock()
	c.all.Wait()
	c.client.CloseIdleConnections()
}

// question returns a maker of requests for one child, as the director asks.
func question(t *testing.T, h *hubtest.Hub) func() (*http.Request, error) {
	t.Helper()
	c := h.Caller(t, "director")
	body, headers := asked(t, h, c)
	ctx := t.Context()
	return func() (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL+"/graphql", bytes.NewReader(body))
		if err == nil {
			r.Header = headers.Clone()
		}
		return r, err
	}
}

// asked is the body and the headers of the crowd's question.
func asked(t *testing.T, h *hubtest.Hub, c demo.Caller) ([]byte, http.Header) {
	t.Helper()
	token, err := h.App.DemoToken(c.AgencyCode, c.StaffCode)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(hubtest.Question{
		Query:     "query File($id: ID!) { child(id: $id) { name residenceAddress } }",
		Variables: map[string]any{"id": h.ID(t, c, "Child", c.ChildID)},
	})
	if err != nil {
		t.Fatal(err)
	}
	headers := http.Header{}
	headers.Set("Content-Type", "application/json")
	headers.Set("Authorization", "Bearer "+token)
	headers.Set("Tongxin-Purpose", c.Purpose)
	headers.Set("Tongxin-Ticket", c.TicketCode)
	return body, headers
}

func (c *crowd) keepAsking(request func() (*http.Request, error)) {
	for {
		if !c.ask(request) { // nobody hammers a hub that is down
			select {
			case <-c.done:
			case <-time.After(20 * time.Millisecond):
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
func (c *crowd) ask(request func() (*http.Request, error)) bool {
	began := time.Now()
	var got hubtest.Response
	r, err := request()
	if err == nil {
		got, err = c.send(r)
	}
	took := time.Since(began)
	c.mu.Lock()
	defer c.mu.Unlock()
	receipt := got.Extensions.Disclosure
	switch {
	case err != nil:
		c.unanswered++
	case got.Status == http.StatusOK && len(got.Errors) == 0 && len(got.Data) > 0 && receipt.Entry != "":
		c.receipts, c.longest = append(c.receipts, receipt), max(c.longest, took)
		return true
	case got.Status != http.StatusOK && len(got.Errors) == 1 && len(got.Data) == 0:
		c.refused[got.Errors[0].Extensions.Code]++
		c.slowest = max(c.slowest, took)
	default:
		c.wrong = append(c.wrong, fmt.Sprintf("%d %.300s", got.Status, got.Body))
	}
	return false
}

func (c *crowd) send(r *http.Request) (hubtest.Response, error) {
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

// answered is how many answers with data there are by now.
func (c *crowd) answered() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.receipts)
}

// refusals is how many refusals there are by now.
func (c *crowd) refusals() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, count := range c.refused {
		n += count
	}
	return n
}

// hears waits until n more answers with data have come.
func (c *crowd) hears(t *testing.T, n int, d time.Duration, what string) {
	t.Helper()
	n += c.answered()
	within(t, d, what, func() bool { return c.answered() >= n })
}

// refusedOnlyAs expects every answer to be data with a receipt or a refusal of
// one of the codes, and no refusal to have taken longer than promised.
func (c *crowd) refusedOnlyAs(t *testing.T, codes ...string) {
	t.Helper()
	for code, n := range c.refused {
		if !slices.Contains(codes, code) {
			t.Errorf("%d requests were refused as %s, expected only %v", n, code, codes)
		}
	}
	if c.slowest > 5500*time.Millisecond {
		t.Errorf("a refusal took %v, promised are 5s", c.slowest)
	}
	for _, w := range c.wrong {
		t.Errorf("neither data with a receipt nor a refusal: %s", w)
	}
	t.Logf("%d answers (slowest %v), refused %v (slowest %v), %d without an answer",
		len(c.receipts), c.longest, c.refused, c.slowest, c.unanswered)
}

// kept expects every receipt to stand in the log under its number, and none
// twice. The crowd must have ended.
func (c *crowd) kept(t *testing.T, h *hubtest.Hub) {
	t.Helper()
	numbers := map[string]string{}
	rows, err := h.DB.Query(t.Context(), `SELECT entry_id, sequence FROM audit_entry`)
	if err != nil {
		t.Fatal(err)
	}
	var id uuid.UUID
	var sequence int64
	if _, err := pgx.ForEachRow(rows, []any{&id, &sequence}, func() error {
		numbers[hex.EncodeToString(id[:])] = strconv.FormatInt(sequence, 10)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range c.receipts {
		if got, found := numbers[r.Entry]; !found || got != r.Sequence {
			t.Errorf("answered with receipt %s number %s; the log holds it as %q", r.Entry, r.Sequence, got)
		}
		if seen[r.Entry] {
			t.Errorf("receipt %s was given twice", r.Entry)
		}
		seen[r.Entry] = true
	}
}
