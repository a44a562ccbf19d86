package policyversion

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/wall"
	"github.com/tongxin-hub/tongxin/policy"
)

const (
	// every is how often the version in force is asked for, and asking how long that
	// may take.
	every  = time.Second / 2
	asking = 2 * time.Second
	// patience is how long an unconfirmed version may still be answered under.
	patience = 10 * time.Second
	// grace is how long the former version is answered under while the one in force
	// is being compiled: with every, no more than two seconds.
	grace = 3 * time.Second / 2
)

// Loaded is a policy that this process can serve, and what goes with it.
type Loaded struct {
	Policy *policy.Policy
	// Wall is what the database may show to each role.
	Wall wall.Wall
	// Coordinates are what the schema has; the log is read by their classes.
	Coordinates []Coordinate
}

// Deps is what a watch stands on.
type Deps struct {
	DB Database
	// Load compiles the text of a version and holds it against what this program
	// serves. It runs beside the requests.
	Load func(policy.Tree) (Loaded, error)
	Now  func() time.Time
}

// Watch knows the policy in force: it confirms again and again which version that
// is, and takes over another one as soon as it is in force.
type Watch struct {
	Deps
	stop context.CancelFunc
	done chan struct{}
	// attempt is the last version that was compiled, whether it could be or not.
	attempt attempt

	mu        sync.RWMutex
	policy    *policy.Policy
	confirmed time.Time
	// superseded is when another version was first seen in force; zero while none is.
	superseded time.Time
	cause      error
}

type attempt struct {
	id     int64
	loaded Loaded
	err    error
}

// New confirms the version in force once, starting from one that is compiled and
// held against the second wall already, and keeps confirming until Close. It fails
// when no version is in force or this process cannot serve it.
func New(ctx context.Context, first *policy.Policy, d Deps) (*Watch, error) {
	w := &Watch{Deps: d, policy: first, done: make(chan struct{})}
	if err := w.confirm(ctx); err != nil {
		return nil, fmt.Errorf("no policy is in force that this process can confirm; run `tongxin migrate` first: %w", err)
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
			_ = w.confirm(ctx) // Current tells the cause
		}
	}
}

// confirm asks for the version in force, takes it over if it is another one, and
// remembers the answer.
func (w *Watch) confirm(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	id, version, walled, err := inForce(ctx, w.DB)
	switch {
	case err != nil: // whichever it is: Current waits a while
		w.note(err)
	case id == 0:
		err = errors.New("no policy version is in force")
		w.refuse(err)
	case walled != version:
		err = fmt.Errorf("policy %q is in force, the database's roles are of %q", version, walled)
		w.refuse(err)
	case version == w.holds():
		w.take(w.policy)
	default:
		w.mu.Lock()
		if w.superseded.IsZero() {
			w.superseded = w.Now()
		}
		w.mu.Unlock()
		var next *policy.Policy
		if next, err = w.load(ctx, id, version); err != nil {
			w.refuse(fmt.Errorf("policy %q is in force, this process holds %q: %w", version, w.holds(), err))
		} else {
			w.take(next)
		}
	}
	return err
}

// load compiles the version of that id, once: a text that cannot be served now
// cannot be served a second later.
func (w *Watch) load(ctx context.Context, id int64, version string) (*policy.Policy, error) {
	if w.attempt.id != id {
		s, err := stored(ctx, w.DB, id)
		if err != nil {
			return nil, err
		}
		w.attempt = attempt{id: id}
		w.attempt.loaded, w.attempt.err = w.Load(s.Files)
		if err := w.attempt.err; err == nil && w.attempt.loaded.Policy.Version() != version {
			w.attempt.err = fmt.Errorf("its text is that of %q", w.attempt.loaded.Policy.Version())
		}
	}
	if w.attempt.err != nil {
		return nil, w.attempt.err
	}
	return w.attempt.loaded.Policy, wall.Check(ctx, w.DB, w.attempt.loaded.Wall)
}

// holds is the version that is answered under. Only the watch itself changes it.
func (w *Watch) holds() string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.policy.Version()
}

// take answers under a version from now on.
func (w *Watch) take(p *policy.Policy) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.policy, w.confirmed, w.superseded, w.cause = p, w.Now(), time.Time{}, nil
}

// refuse answers under none.
func (w *Watch) refuse(cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.confirmed, w.cause = time.Time{}, cause
}

// note keeps why the version could not be confirmed this time.
func (w *Watch) note(cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cause = cause
}

// Current is the policy in force, or fault.PolicyUnavailable.
func (w *Watch) Current() (*policy.Policy, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	now := w.Now()
	if now.Sub(w.confirmed) > patience || !w.superseded.IsZero() && now.Sub(w.superseded) > grace {
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
