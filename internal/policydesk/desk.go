package policydesk

import (
	"context"
	"errors"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/minimisation"
	"github.com/tongxin-hub/tongxin/internal/policychange"
	"github.com/tongxin-hub/tongxin/internal/policyversion"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/replay"
	"github.com/tongxin-hub/tongxin/policy"
)

// Deps is what a desk stands on; all are required.
type Deps struct {
	DB interface {
		policychange.Database
		postgres.Beginner
	}
	Load     policychange.Load
	Catalog  *disclosure.Catalog
	Policies disclosure.Policies
}

// Desk answers what a change of the policy would do and which rights are used. It
// reads the whole log of a period, one question at a time.
type Desk struct {
	Deps
	versions *lru.Cache[string, *policy.Policy]
	turn     chan struct{}
}

// versionsKept bounds the compiled former versions; some 2 MB each.
const versionsKept = 8

// New refuses to be built with a part missing.
func New(d Deps) (*Desk, error) {
	if d.DB == nil || d.Load == nil || d.Catalog == nil || d.Policies == nil {
		return nil, errors.New("the desk needs database, compiler, catalog and policies")
	}
	versions, err := lru.New[string, *policy.Policy](versionsKept)
	return &Desk{Deps: d, versions: versions, turn: make(chan struct{}, 1)}, err
}

// Version is a version that is or was in force, compiled; nil where its text is not
// kept or this program cannot read it any more.
func (d *Desk) Version(ctx context.Context, version string) (*policy.Policy, error) {
	if p, err := d.Policies.Current(); err == nil && p.Version() == version {
		return p, nil
	}
	if p, known := d.versions.Get(version); known {
		return p, nil
	}
	stored, err := policyversion.Kept(ctx, d.DB, version)
	if err != nil || stored.ID == 0 {
		return nil, err
	}
	p, err := policy.Reopen(stored.Files, version)
	if err != nil {
		return nil, nil //nolint:nilerr // written for another program
	}
	d.versions.Add(version, p)
	return p, nil
}

// wait takes the turn; the log is read by one at a time.
func (d *Desk) wait(ctx context.Context) (release func(), err error) {
	select {
	case d.turn <- struct{}{}:
		return func() { <-d.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Replay decides the accesses of a period again under a proposal.
func (d *Desk) Replay(ctx context.Context, id int64, p replay.Period) (version string, report replay.Report, err error) {
	if err := period(p); err != nil {
		return "", report, err
	}
	files, err := policychange.Files(ctx, d.DB, id)
	if err != nil {
		return "", report, err
	}
	rules, err := policy.Open(files)
	if err != nil {
		return "", report, fault.Wrap(fault.Conflict, "这项提案已不能编译。", "This proposal does not compile any more.", err)
	}
	release, err := d.wait(ctx)
	if err != nil {
		return "", report, err
	}
	defer release()
	report, err = replay.Run(ctx, d.DB, p, replay.Rules{Policy: rules, Catalog: d.Catalog}, d.Version)
	return rules.Version(), report, err
}

// Explain decides one entry again under its own version.
func (d *Desk) Explain(ctx context.Context, entry string) (replay.Explained, error) {
	return replay.Explain(ctx, d.DB, entry, d.Catalog, d.Version)
}

// Measure holds the policy in force against what a period used.
func (d *Desk) Measure(ctx context.Context, q minimisation.Question) (version string, report minimisation.Report, err error) {
	if err := period(replay.Period{Since: q.Since, Until: q.Until}); err != nil {
		return "", report, err
	}
	rules, err := d.Policies.Current()
	if err != nil {
		return "", report, err
	}
	release, err := d.wait(ctx)
	if err != nil {
		return "", report, err
	}
	defer release()
	report, err = minimisation.Measure(ctx, d.DB, q, rules, d.Catalog)
	return rules.Version(), report, err
}

func period(p replay.Period) error {
	if !p.Since.Before(p.Until) {
		return fault.New(fault.BadRequest, "期间的起点须早于终点。", "The period must begin before it ends.")
	}
	return nil
}
