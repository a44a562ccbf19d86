package server

import (
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/tongxin-hub/tongxin/internal/telemetry"
)

// publicLanes is how many requests of strangers touch the database at once: they
// wait for each other, never callers for them.
const publicLanes = 4

// anonymous lets everybody in, each address at the rate of one caller.
func (s *Server) anonymous(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		wait, _ := s.public.admit(callerKey{system: network(s.clientIP(r))}, s.deps.Now())
		if wait > 0 {
			s.deps.Telemetry.Metrics.RateLimited(ctx, telemetry.PerCaller)
			turnAway(w, http.StatusTooManyRequests, wait)
			return
		}
		timer := time.NewTimer(s.cfg.Deadline)
		defer timer.Stop()
		select {
		case s.lanes <- struct{}{}:
			defer func() { <-s.lanes }()
			next.ServeHTTP(w, r)
		case <-timer.C:
			s.deps.Telemetry.Metrics.RateLimited(ctx, telemetry.Overload)
			turnAway(w, http.StatusServiceUnavailable, retryShortly)
		case <-ctx.Done():
		}
	})
}

// network is whom an address stands for: who has one of IPv6 has all of its /64.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Is4() {
		return address
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

func turnAway(w http.ResponseWriter, status int, wait time.Duration) {
	setRetry(w.Header(), wait)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(http.StatusText(status))))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(http.StatusText(status))) // who has left needs no answer
}
