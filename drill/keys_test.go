package drill

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/crowdtest"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestChangesKilled kills the hub under reports of harm that many make at once and
// repeat, each under its key, until they are told that it is made: each is there once,
// with one entry that is no repetition, and none that was answered is lost.
func TestChangesKilled(t *testing.T) {
	t.Parallel()
	n := times(1, 100)
	dir, d := scene(t)
	r := &reporters{done: make(chan struct{})}
	var all sync.WaitGroup
	for i := range n {
		h := serve(t, dir, d.URL("tongxin"))
		r.move(h)
		if i == 0 {
			for client := range crowdtest.Size {
				all.Go(func() { r.report(t.Context(), client) })
			}
		}
		crowdtest.Within(t, 20*time.Second, "answers before the kill", r.more(1+rand.IntN(40)))
		if err := h.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-h.Done()
		if t.Failed() {
			break
		}
	}
	r.move(serve(t, dir, d.URL("tongxin")))
	crowdtest.Within(t, 20*time.Second, "answers after the kills", r.more(crowdtest.Size))
	close(r.done)
	all.Wait()
	db := d.open(t)
	crowdtest.Kept(t, db, r.receipts)
	got := struct{ reports, different, once int }{
		value[int](t, db, `SELECT count(*)::integer FROM mandatory_report WHERE narrative LIKE 'drill %'`),
		value[int](t, db, `SELECT count(DISTINCT narrative)::integer FROM mandatory_report WHERE narrative LIKE 'drill %'`),
		value[int](t, db, `SELECT count(*)::integer FROM audit_entry e JOIN audit_set s ON s.id = e.requested_id
			WHERE s.coordinates @> ARRAY['Mutation.submitReport'] AND e.operation = 'Drill' AND e.reason <> 'REPEATED' AND e.outcome = 'ALLOWED'`),
	}
	if want := len(r.receipts); got.reports != want || got.different != want || got.once != want {
		t.Errorf("%d reports were told to be made: %d are there, %d different ones, %d with an entry", want, got.reports, got.different, got.once)
	}
	if len(r.wrong) > 0 {
		t.Errorf("%d wrong answers, as %s", len(r.wrong), r.wrong[0])
	}
	verify(t, dir, d.URL("tongxin"))
	passed(t, len(r.receipts), fmt.Sprintf("%d x kill -9 of the hub, %d reports of harm, %d asked again", n, len(r.receipts), r.again))
}

// reporters are clients that report harm, one report after the other.
type reporters struct {
	done chan struct{}

	mu       sync.Mutex
	to       crowdtest.Question
	receipts []hubtest.Receipt
	again    int
	wrong    []string
}

// move tells everybody where the hub is now.
func (r *reporters) move(h *node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to = h.question
	r.to.Header = h.question.Header.Clone()
	r.to.Header.Set("Tongxin-Purpose", "MANDATORY_REPORT")
	r.to.Header.Del("Tongxin-Ticket")
}

// more is whether n more reports are made.
func (r *reporters) more(n int) func() bool {
	made := func() int {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.receipts)
	}
	n += made()
	return func() bool { return made() >= n }
}

// report makes reports until everything is done, and the last until it is told so.
func (r *reporters) report(ctx context.Context, client int) {
	for i := 0; ; i++ {
		select {
		case <-r.done:
			return
		default:
		}
		key := fmt.Sprintf("drill %d %d", client, i)
		for !r.once(ctx, key) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

const reportDocument = `mutation Drill($in: SubmitReportInput!) { submitReport(input: $in) { entry userErrors { code } } }`

// once makes a report under its key; true when the hub says that it is made.
func (r *reporters) once(ctx context.Context, key string) bool {
	body, err := json.Marshal(hubtest.Question{Query: reportDocument, Variables: map[string]any{"in": map[string]any{
		"key": key, "narrative": key + "：演练，并无此事。", "described": "演练中的孩子，并无其人", "place": "示范镇中心小学旁", "category": "OTHER", "channel": "SCHOOL",
		"foundOn": time.Now().AddDate(0, 0, -1).Format(time.DateOnly), "immediateDanger": false,
	}}})
	if err != nil {
		return false
	}
	r.mu.Lock()
	to := r.to
	r.mu.Unlock()
	got, err := send(ctx, to, body)
	r.mu.Lock()
	defer r.mu.Unlock()
	var data struct {
		SubmitReport struct {
			Entry      string
			UserErrors []struct{ Code string }
		}
	}
	switch {
	case err != nil, got.Status != http.StatusOK: // killed meanwhile, or not ready yet
		r.again++
		return false
	case json.Unmarshal(got.Data, &data) != nil, len(data.SubmitReport.UserErrors) > 0, data.SubmitReport.Entry == "":
		r.wrong = append(r.wrong, fmt.Sprintf("%.300s", got.Body))
		return true // asking again is no use
	}
	r.receipts = append(r.receipts, got.Extensions.Disclosure)
	return true
}

func send(ctx context.Context, to crowdtest.Question, body []byte) (hubtest.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(body))
	if err != nil {
		return hubtest.Response{}, err
	}
	request.Header = to.Header
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return hubtest.Response{}, err
	}
	defer answer.Body.Close() //nolint:errcheck // read to the end
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return hubtest.Response{}, err
	}
	out := hubtest.Response{Status: answer.StatusCode, Body: text}
	return out, json.Unmarshal(text, &out)
}
