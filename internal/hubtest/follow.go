package hubtest

import "testing"

// Follow waits until the rules of the review list have looked at every entry that is
// in the log now, and helps with it.
func (h *Hub) Follow(tb testing.TB) {
	tb.Helper()
	var size, next int64
	check(tb, h.DB.QueryRow(tb.Context(), `SELECT size FROM audit_head`).Scan(&size))
	for next < size { // the hub's own follower may be at it
		check(tb, h.App.WatchAccesses(tb.Context()))
		check(tb, h.DB.QueryRow(tb.Context(), `SELECT coalesce(max(sequence), 0) FROM follower WHERE name = 'review'`).Scan(&next))
	}
}
