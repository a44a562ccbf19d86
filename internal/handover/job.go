package handover

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// ToLook is that work came over from somebody who left a post. It says whose post, and
// nothing of the work: that is in the inbox.
func ToLook() task.Kind {
	return task.Kind{
		Code: "HANDOVER", Text: flow.Text{ZH: "岗位交接：前任未办事项已转交，请核对", EN: "a post was left: look through what was open there"},
		Due: "handover_days", Unit: flow.WorkingDays,
	}
}

// Kinds are the tasks of this area.
func Kinds() []task.Kind { return []task.Kind{ToLook(), ToFill()} }

// Answered are those that end with their holder's own word.
func Answered() []task.Kind { return []task.Kind{ToLook()} }

// Leaving is the job that passes on what was open in posts that were left, once for each.
func Leaving() jobs.Job {
	return jobs.Job{Name: "handover.leaving", Every: 10 * time.Minute, Step: step}
}

// step hands over a batch of posts.
func step(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	posts, err := takeLeft(ctx, tx, now)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("posts that were left: %w", err)
	}
	done := jobs.Done{More: len(posts) == batch}
	for _, p := range posts {
		children, err := p.passOn(ctx, tx, now)
		if err != nil {
			return jobs.Done{}, fmt.Errorf("post %d: %w", p.id, err)
		}
		done.Children = append(done.Children, children...)
	}
	slices.Sort(done.Children)
	done.Children = slices.Compact(done.Children)
	return done, nil
}

// left is a post that was left, and by whom.
type left struct {
	id, staff, agency int64
	role              policy.Role
}

// passOn gives everything that was open in a post to whoever holds it now, and tells
// them and the head. What nobody may hear of stays where it is.
func (p left) passOn(ctx context.Context, tx postgres.Tx, now time.Time) (children []int64, err error) {
	list, err := p.open(ctx, tx, now)
	if err != nil {
		return nil, fmt.Errorf("open work: %w", err)
	}
	told := map[int64]bool{}
	for _, w := range list {
		to, err := p.successor(ctx, tx, w, now)
		if err != nil {
			return nil, fmt.Errorf("successor: %w", err)
		}
		if to.Staff == 0 || to.Staff == p.staff {
			continue
		}
		if err := p.pass(ctx, tx, w, to, now); err != nil {
			return nil, fmt.Errorf("pass on %s %d: %w", w.what, w.id, err)
		}
		told[to.Staff] = true
		if w.child != 0 {
			children = append(children, w.child)
		}
	}
	if len(told) > 0 {
		err = p.tell(ctx, tx, told, now)
	}
	return children, err
}

// successor is who holds the role for the child of the work, or stands in; for work about
// no child, who holds the same post, or else the head of its agency. What a social worker
// had goes to the case manager, who assigns cases, and the visits to the village.
func (p left) successor(ctx context.Context, tx postgres.Tx, w work, now time.Time) (task.InPost, error) {
	switch {
	case w.child == 0:
		return p.next(ctx, tx, now)
	case p.role == policy.SW && w.what == "VISIT":
		return task.Holder(ctx, tx, policy.DIR, w.child, now)
	case p.role == policy.SW:
		return task.Holder(ctx, tx, policy.CM, w.child, now)
	}
	return task.Holder(ctx, tx, p.role, w.child, now)
}

// tell asks whoever got something, and the head, to look.
func (p left) tell(ctx context.Context, tx postgres.Tx, told map[int64]bool, now time.Time) error {
	head, err := task.HeadOf(ctx, tx, p.agency, 0, now)
	if err != nil {
		return err
	}
	if head != 0 {
		told[head] = true
	}
	each := make([]task.Each, 0, len(told))
	for staff := range told {
		each = append(each, task.Each{SubjectID: p.id, Staff: staff})
	}
	return task.OpenAll(ctx, tx, task.New{Kind: ToLook(), Subject: "post", From: now}, each)
}
