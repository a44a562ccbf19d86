package staff

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

const (
	// tick is how often a browser asks whether there is something new to do, hurry how
	// soon while it has not come to the end of what is old.
	tick  = 30 * time.Second
	hurry = 2 * time.Second
	// caught begins the id of an event once everything old has been passed.
	caught = "now:"
)

// live says whether there is something new to do: a stream of one event at most. The
// browser comes again after the time that the stream names, with the id of the last
// event, where the next one begins. So there is one operation for each tick, nothing
// waits in the hub, and with the session the ticking ends.
func live(v *page.Visit) {
	if v.Hat.Purpose == "" {
		stream(v, tick, "", 0)
		return
	}
	last, current := strings.CutPrefix(v.R.Header.Get("Last-Event-ID"), caught)
	got, err := operations.ConsoleChanges(v.Context(), v.Hub(nil), page.Cursor(last))
	if !v.OK(err) {
		return
	}
	if got.Changes == nil {
		stream(v, tick, "", 0)
		return
	}
	more, news := got.Changes.PageInfo.HasNextPage, 0
	if end := page.Text(got.Changes.PageInfo.EndCursor); end != "" {
		last = end
	}
	if current {
		news = len(got.Changes.Nodes)
	}
	id, again := last, tick
	switch {
	case !more:
		id = caught + last
	default:
		again = hurry
	}
	stream(v, again, id, news)
}

// stream writes one event: when to come again, from where, and how much is new.
func stream(v *page.Visit, again time.Duration, id string, news int) {
	h := v.W.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	v.W.WriteHeader(http.StatusOK)
	text := fmt.Sprintf("retry: %d\n", again.Milliseconds())
	if id != "" {
		text += "id: " + id + "\n"
	}
	if news > 0 {
		text += fmt.Sprintf("event: change\ndata: %d\n", news)
	}
	_, _ = fmt.Fprint(v.W, text+"\n") // who has left comes again
}
