package extract

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/correction"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// Route asks each source agency of what is held to hand out a copy of its own part.
// Faults: Conflict where a summary is asked for, or while a protected matter of the child
// is live, which only the officer is told.
func Route(ctx context.Context, tx postgres.Tx, c Case, b Book) (Done, error) {
	q, to, err := step(ctx, tx, c, RouteMove)
	switch {
	case err != nil:
	case q.Kind != Copy:
		err = fault.New(fault.Conflict, "汇总申请由受理单位汇总，不转数源单位。", "A summary is compiled at the desk and not routed.")
	case q.Waits:
		err = rights.Waiting()
	}
	if err != nil {
		return Done{}, err
	}
	list, err := b.sources(ctx, tx, q, rights.Today(c.Now))
	if err != nil {
		return Done{}, err
	}
	if err := execute(ctx, tx, stateSQL, q.ID, to); err != nil {
		return Done{}, fmt.Errorf("route: %w", err)
	}
	for _, s := range list {
		id, err := insertPart(ctx, tx, q.ID, s)
		if err == nil {
			err = ask(ctx, tx, unasked{id, q.ChildID, s.agency}, c.Now)
		}
		if err != nil {
			return Done{}, fmt.Errorf("ask a source: %w", err)
		}
	}
	done := q.done(to, "")
	if len(list) == 0 { // nothing that anybody is the source of
		if done.State, err = decide(ctx, tx, q.ID, c.StaffID, c.Now); err == nil {
			done.Version++
		}
	}
	return done, err
}

// ask hands a part to the steward of its source agency, with the work item that says
// which child; without a steward it waits.
func ask(ctx context.Context, tx postgres.Tx, u unasked, now time.Time) error {
	steward, err := correction.Steward(ctx, tx, u.agency, now)
	if err != nil || steward == 0 {
		return err
	}
	opened, err := ticket.Open(ctx, tx, ticket.New{
		Kind: "CORRECTION", Purpose: string(policy.DataQuality), Staff: steward, Child: u.child, Reason: "提供复制件", From: now,
	})
	if err != nil {
		return err
	}
	to, err := Parts().Next(Waiting, askMove)
	if err != nil {
		return err
	}
	if err := execute(ctx, tx, askSQL, u.id, to, steward, opened, now); err != nil {
		return err
	}
	return task.Open(ctx, tx, task.New{Kind: toHandOut(), Child: u.child, Subject: parts, SubjectID: u.id, Staff: steward, Ticket: opened, From: now})
}

// batch is how many parts one step of the job works on.
const batch = 20

// Jobs hand over what found no steward.
func Jobs() []jobs.Job {
	return []jobs.Job{{Name: askMove, Every: 10 * time.Minute, Step: askWaiting}}
}

func askWaiting(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	list, err := takeUnasked(ctx, tx, now)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("copies without a steward: %w", err)
	}
	done := jobs.Done{More: len(list) == batch}
	for _, u := range list {
		if err := ask(ctx, tx, u, now); err != nil {
			return jobs.Done{}, fmt.Errorf("copy %d: %w", u.id, err)
		}
		done.Children = append(done.Children, u.child)
	}
	return done, nil
}

// Reply is what a source agency answers, by its steward, in the version that was seen.
type Reply struct {
	ID, StaffID, AgencyID int64
	Version               int
	// Proof is the paper that was seen when the copy was handed out; Reason why it is not.
	Proof, Reason string
	Now           time.Time
}

// HandOut notes that the agency has handed out its copy on paper. Faults: NotFound for
// another agency's, Conflict for another version and while the desk has it suspended.
func HandOut(ctx context.Context, tx postgres.Tx, r Reply) (Done, error) {
	return r.answer(ctx, tx, HandOutMove)
}

// Decline notes that the agency does not, and why. Faults: as HandOut, BadRequest.
func Decline(ctx context.Context, tx postgres.Tx, r Reply) (Done, error) {
	if err := plaintext.Need("reason", r.Reason, 300); err != nil {
		return Done{}, err
	}
	return r.answer(ctx, tx, DeclineMove)
}

// part is one as it stands, with the request that it belongs to.
type part struct {
	ID, Request, ChildID, Officer, Ticket int64
	State                                 string
	Version                               int
	Conflicted, Waits                     bool
}

func (r Reply) answer(ctx context.Context, tx postgres.Tx, move string) (Done, error) {
	p, err := takePart(ctx, tx, r)
	switch {
	case err != nil:
	case p.ID == 0:
		err = fault.At("id", rights.Missing())
	case p.Conflicted:
		err = rights.Conflicted()
	default:
		err = flow.AsRead(r.Version, p.Version)
	}
	if err != nil {
		return Done{}, err
	}
	to, err := Parts().Next(p.State, move)
	if err == nil && p.Waits {
		err = fault.New(fault.Conflict, "受理单位已暂停此件，请与个人信息保护负责人联系。", "The rights desk has suspended this; speak to the protection officer.")
	}
	if err != nil {
		return Done{}, err
	}
	if err := execute(ctx, tx, answerPartSQL, p.ID, to, r.Proof, r.Reason, rights.Today(r.Now)); err != nil {
		return Done{}, fmt.Errorf("answer for a part: %w", err)
	}
	if err := p.end(ctx, tx, r.StaffID, r.Now); err != nil {
		return Done{}, err
	}
	if left, err := openParts(ctx, tx, p.Request); err != nil {
		return Done{}, err
	} else if left == 0 {
		if _, err := decide(ctx, tx, p.Request, p.Officer, r.Now); err != nil {
			return Done{}, err
		}
	}
	return Done{ID: p.ID, ChildID: p.ChildID, State: to, Version: p.Version + 1}, nil
}

// end ends the steward's work on a part.
func (p part) end(ctx context.Context, tx postgres.Tx, by int64, now time.Time) error {
	if err := task.Finish(ctx, tx, task.Subject{Table: parts, ID: p.ID}, by, now, toHandOut()); err != nil {
		return err
	}
	return ticket.Close(ctx, tx, p.Ticket, now)
}

// decide leads a request on once no source agency is left, and tells the officer.
func decide(ctx context.Context, tx postgres.Tx, id, officer int64, now time.Time) (string, error) {
	to, err := Requests().Next(Routed, answered)
	if err != nil {
		return "", err
	}
	if err := execute(ctx, tx, stateSQL, id, to); err != nil {
		return "", fmt.Errorf("decide: %w", err)
	}
	return to, task.Open(ctx, tx, task.New{Kind: allIn(), Subject: requests, SubjectID: id, Staff: officer, From: now})
}

// withdraw asks the source agencies no more.
func withdraw(ctx context.Context, tx postgres.Tx, q request, c Case) error {
	list, err := takeOpen(ctx, tx, q.ID)
	if err != nil {
		return fmt.Errorf("open parts: %w", err)
	}
	for _, p := range list {
		to, err := Parts().Next(p.State, withdrawMove)
		if err == nil {
			err = execute(ctx, tx, answerPartSQL, p.ID, to, "", "", rights.Today(c.Now))
		}
		if err == nil {
			err = p.end(ctx, tx, c.StaffID, c.Now)
		}
		if err != nil {
			return fmt.Errorf("withdraw: %w", err)
		}
	}
	return nil
}
