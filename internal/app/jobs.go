package app

import (
	"context"
	"errors"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/aid"
	"github.com/tongxin-hub/tongxin/internal/carechange"
	"github.com/tongxin-hub/tongxin/internal/complaint"
	"github.com/tongxin-hub/tongxin/internal/concern"
	"github.com/tongxin-hub/tongxin/internal/conflict"
	"github.com/tongxin-hub/tongxin/internal/consent"
	"github.com/tongxin-hub/tongxin/internal/consultation"
	"github.com/tongxin-hub/tongxin/internal/correction"
	"github.com/tongxin-hub/tongxin/internal/dropout"
	"github.com/tongxin-hub/tongxin/internal/dropoutreport"
	"github.com/tongxin-hub/tongxin/internal/emergency"
	"github.com/tongxin-hub/tongxin/internal/extract"
	"github.com/tongxin-hub/tongxin/internal/granting"
	"github.com/tongxin-hub/tongxin/internal/handover"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/matching"
	"github.com/tongxin-hub/tongxin/internal/measure"
	"github.com/tongxin-hub/tongxin/internal/moving"
	"github.com/tongxin-hub/tongxin/internal/nominating"
	"github.com/tongxin-hub/tongxin/internal/opening"
	"github.com/tongxin-hub/tongxin/internal/pairing"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/readnotice"
	"github.com/tongxin-hub/tongxin/internal/recertifying"
	"github.com/tongxin-hub/tongxin/internal/referral"
	"github.com/tongxin-hub/tongxin/internal/registering"
	"github.com/tongxin-hub/tongxin/internal/relief"
	"github.com/tongxin-hub/tongxin/internal/report"
	"github.com/tongxin-hub/tongxin/internal/review"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
	"github.com/tongxin-hub/tongxin/internal/schooltransfer"
	"github.com/tongxin-hub/tongxin/internal/statistics"
	"github.com/tongxin-hub/tongxin/internal/support"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/visiting"
	"github.com/tongxin-hub/tongxin/internal/visitplan"
)

// Kinds are the tasks of all areas.
func Kinds() []task.Kind {
	return slices.Concat(dropout.Kinds(), dropoutreport.Kinds(), measure.Kinds(), opening.Kinds(), visiting.Kinds(), registering.Kinds(), nominating.Kinds(), moving.Kinds(), schooltransfer.Kinds(), carechange.Kinds(), concern.Kinds(), report.Kinds(), safeguard.Kinds(), consultation.Kinds(), support.Kinds(), matching.Kinds(), pairing.Kinds(), referral.Kinds(), correction.Kinds(), extract.Kinds(), complaint.Kinds(), readnotice.Kinds(), relief.Kinds(), granting.Kinds(), recertifying.Kinds(), aid.Kinds(), consent.Kinds(), review.Kinds(), handover.Kinds(), rights.Kinds(), []task.Kind{emergency.Notice(), task.Late()})
}

// clockwork is what the clock begins, in all areas.
func (p *parts) clockwork() []jobs.Job {
	return append([]jobs.Job{task.Escalation(Kinds()), dropoutreport.Due(), opening.Checking(), consultation.Ending(), pairing.Expiry(), schooltransfer.Lapsing(), granting.Settings(), conflict.Meeting(), handover.Leaving(), handover.Returning(), handover.Watching(), nominating.Waiting(), statistics.Quarters(valuesOf(offered(), "CountPopulation"))}, slices.Concat(visitplan.Jobs(), measure.Jobs(), registering.Jobs(), referral.Jobs(), correction.Jobs(), extract.Jobs(), recertifying.Jobs(), readnotice.Jobs(), review.Jobs(), p.moves.Jobs())...)
}

// jobConns is how many connections the jobs of a hub use.
const jobConns = 4

// startJobs takes part in running the jobs.
func (p *parts) startJobs(ctx context.Context) error {
	pool, err := postgres.Open(ctx, p.url, postgres.Options{Application: "tongxin-jobs", MaxConns: jobConns, StatementTimeout: -1})
	if err != nil {
		return err
	}
	runner, err := jobs.Start(ctx, jobs.Deps{Pool: pool, Log: p.writer, Jobs: p.clockwork(), Now: p.now, Logger: p.telemetry.Log})
	if err != nil {
		pool.Close()
		return err
	}
	p.later(func(ctx context.Context) error {
		err := runner.Close(ctx)
		pool.Close()
		return err
	})
	return nil
}

// RunJobs runs every job once, or those that are named, for tests that keep the hub's
// own clock still.
func (a *App) RunJobs(ctx context.Context, only ...string) error {
	var errs []error
	for _, job := range a.parts.clockwork() {
		if len(only) > 0 && !slices.Contains(only, job.Name) {
			continue
		}
		errs = append(errs, jobs.Run(ctx, a.parts.db, a.parts.writer, job, a.parts.now()))
	}
	return errors.Join(errs...)
}
