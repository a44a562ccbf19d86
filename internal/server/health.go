package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

const (
	// checkTimeout bounds one readiness check.
	checkTimeout = 2 * time.Second
	// checkedFor is how long a result is told again: anybody may ask, and the
	// database must not notice how often.
	checkedFor = time.Second
)

// readiness is the last result of the checks.
type readiness struct {
	mu   sync.Mutex
	at   time.Time
	last report
}

// report is what /readyz says: names and "ok" or "failed", never a reason.
type report struct {
	Ready  bool              `json:"ready"`
	Checks map[string]string `json:"checks"`
}

// healthz says that the process answers.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	writePage(r.Context(), s.log, w, page{http.StatusOK, jsonMedia + utf8Suffix, []byte(`{"alive":true}`)})
}

// readyz says whether requests would be served: 200 or 503.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	found := report{Checks: map[string]string{"server": "stopping"}}
	if !s.draining.Load() {
		found = s.readiness(r.Context())
	}
	p := page{status: http.StatusOK, media: jsonMedia + utf8Suffix}
	if !found.Ready {
		p.status = http.StatusServiceUnavailable
	}
	var err error
	if p.body, err = json.Marshal(found); err != nil {
		p.status, p.body = http.StatusInternalServerError, []byte(`{"ready":false}`)
	}
	writePage(r.Context(), s.log, w, p)
}

// readiness runs the checks, at most once per checkedFor.
func (s *Server) readiness(ctx context.Context) report {
	s.ready.mu.Lock()
	defer s.ready.mu.Unlock()
	if age := s.deps.Now().Sub(s.ready.at); !s.ready.at.IsZero() && age < checkedFor {
		return s.ready.last
	}
	// One caller's leaving must not be what the next one is told.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
	defer cancel()
	type result struct {
		name string
		err  error
	}
	results := make(chan result, len(s.deps.Checks))
	for name, check := range s.deps.Checks {
		go func() { results <- result{name, check(ctx)} }()
	}
	found := report{Ready: true, Checks: make(map[string]string, len(s.deps.Checks))}
	for name := range s.deps.Checks {
		found.Checks[name] = "failed"
	}
	for range s.deps.Checks {
		select {
		case r := <-results:
			if r.err == nil {
				found.Checks[r.name] = "ok"
				continue
			}
			s.log.WarnContext(ctx, "not ready", slog.String("check", r.name), slog.Any("error", r.err))
		case <-ctx.Done():
			s.log.WarnContext(ctx, "readiness check out of time")
		}
		found.Ready = false
	}
	s.ready.last, s.ready.at = found, s.deps.Now()
	return found
}
