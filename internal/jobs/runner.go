package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Deps are what a Runner needs.
type Deps struct {
	// Pool is used for nothing else: two runs, what River does, and the hub's presence.
	Pool *pgxpool.Pool
	Log  Recorder
	Jobs []Job
	Now  func() time.Time
	// Logger is told which runs failed; a run that failed is tried again.
	Logger *slog.Logger
}

// Runner is this hub's part in running the jobs: all hubs of a database share them.
type Runner struct {
	client   *river.Client[pgx.Tx]
	presence *presence
}

// runTime bounds one run of a job; what is left is the next run's.
const runTime = 30 * time.Minute

// poll is how often a hub looks for a run that is due.
const poll = 2 * time.Second

// Start takes part in running the jobs until Close.
func Start(ctx context.Context, d Deps) (*Runner, error) {
	here, err := arrive(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	client, err := begin(ctx, d, here.name)
	if err != nil {
		here.leave()
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Runner{client, here}, nil
}

// begin starts River under the hub's name.
func begin(ctx context.Context, d Deps, name string) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{deps: d})
	var periodic []*river.PeriodicJob
	for _, job := range d.Jobs {
		periodic = append(periodic, river.NewPeriodicJob(river.PeriodicInterval(job.Every),
			func() (river.JobArgs, *river.InsertOpts) {
				return run{Job: job.Name}, &river.InsertOpts{UniqueOpts: once}
			},
			&river.PeriodicJobOpts{RunOnStart: true}))
	}
	client, err := river.NewClient(riverpgxv5.New(d.Pool), &river.Config{
		ID: name, Schema: postgres.JobSchema, Workers: workers, PeriodicJobs: periodic, JobTimeout: runTime,
		Queues:   map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}},
		PollOnly: true, FetchPollInterval: poll, Logger: slog.New(slog.DiscardHandler),
		CompletedJobRetentionPeriod: time.Hour,
	})
	if err != nil {
		return nil, err
	}
	return client, client.Start(context.WithoutCancel(ctx))
}

// Close ends this hub's part; a run that is cut off is taken up again by any hub.
func (r *Runner) Close(ctx context.Context) error {
	err := r.client.StopAndCancel(ctx)
	r.presence.leave()
	return err
}

// once keeps a job from waiting twice, or beside its own run.
var once = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
	rivertype.JobStateRetryable, rivertype.JobStateScheduled,
}}

// run is one run of a job as River keeps it: its name and nothing else.
type run struct {
	Job string `json:"job"`
}

// Kind is River's name of the arguments.
func (run) Kind() string { return "run" }

type worker struct {
	river.WorkerDefaults[run]
	deps Deps
}

// Work does a run.
func (w *worker) Work(ctx context.Context, r *river.Job[run]) error {
	for _, job := range w.deps.Jobs {
		if job.Name != r.Args.Job {
			continue
		}
		err := Run(ctx, w.deps.Pool, w.deps.Log, w.told(job), w.deps.Now())
		if err != nil {
			w.deps.Logger.WarnContext(ctx, "job failed and is tried again", slog.String("job", job.Name), slog.Any("error", err))
		}
		return err
	}
	return nil // of another release: this one has no such job
}

// told says of each step that changed something how far the run has come.
func (w *worker) told(job Job) Job {
	steps, children := 0, 0
	var watch func(step Step) Step
	watch = func(step Step) Step {
		return func(ctx context.Context, tx postgres.Tx, now time.Time) (Done, error) {
			done, err := step(ctx, tx, now)
			if steps++; err == nil && len(done.Children) > 0 {
				children += len(done.Children)
				w.deps.Logger.InfoContext(ctx, "job step", slog.String("job", job.Name), slog.Int("steps", steps),
					slog.Int("children", children), slog.Bool("more", done.More))
			}
			if outside := done.Outside; outside != nil {
				done.Outside = func(ctx context.Context) Step { return watch(outside(ctx)) }
			}
			return done, err
		}
	}
	job.Step = watch(job.Step)
	return job
}
