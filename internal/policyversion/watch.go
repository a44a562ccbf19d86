package policyversion

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/policy"
)

const (
	// every is how often the version in force is asked for.
	every = time.Second
	// patience is how long an unconfirmed version may still be answered under.
	patience = 10 * time.Second
)

// Watch confirms again and again that the loaded policy is the one in force.
type Watch struct {
	policy *policy.Policy
	db     Database
	now    func() time.Time
	stop   context.CancelFunc
	done   chan struct{}

	mu        sync.RWMutex
	confirmed time.Time
	cause     error
}

// New confirms the version once and keeps confirming until Close. It fails when
// another version is in force: activate this one with `tongxin migrate`.
func New(ctx context.Context, p *policy.Policy, db Database, now func() time.Time) (*Watch, error) {
	w := &Watch{policy: p, db: db, now: now, done: make(chan struct{})}
	if w.confirm(ctx); w.cause != nil {
		return nil, fmt.Errorf("no policy is in force that this process can confirm; run `tongxin migrate` first: %w", w.cause)
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stop = stop
	go w.run(running)
	return w, nil
}

func (w *Watch) run(ctx context.Context) {
	defer close(w.done)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			w.confirm(ctx)
		}
	}
}

// confirm asks for the version in force and remembers the answer.
func (w *Watch) confirm(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*every)
	defer cancel()
	version, walled, err := inForce(ctx, w.db)
	if err == nil && version != w.policy.Version() {
		err = fmt.Errorf("policy %q is in force, this process holds %q", version, w.policy.Version())
		w.set(time.Time{}, err)
		return
	}
	if err == nil && walled != version {
		w.set(time.Time{}, fmt.Errorf("policy %q is in force, the database's roles are of %q", version, walled))
		return
	}
	if err != nil {
		w.set(w.last(), err)
		return
	}
	w.set(w.now(), nil)
}

func (w *Watch) last() time.Time {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.confirmed
}

func (w *Watch) set(confirmed time.Time, cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.confirmed, w.cause = confirmed, cause
}

// Current is the policy in force, or fault.PolicyUnavailable.
func (w *Watch) Current() (*policy.Policy, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.now().Sub(w.confirmed) > patience {
		return nil, fault.Wrap(fault.PolicyUnavailable,
			"暂时无法确认现行政策版本，请稍后重试。", "The policy in force cannot be confirmed; retry shortly.", w.cause)
	}
	return w.policy, nil
}

// Ready is nil while the version is confirmed.
func (w *Watch) Ready(context.Context) error {
	_, err := w.Current()
	return err
}

// Close stops the watch.
func (w *Watch) Close(context.Context) error {
	w.stop()
	<-w.done
	return nil
}
