package report

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Propose signs the closing first, after the time without a risk, when it is decided
// whether each shield and placement of the child stays. Faults: those of begin; Conflict
// before that, and while a step of the plan is open.
func Propose(ctx context.Context, tx postgres.Tx, a Actor, in Step) (Done, error) {
	r, s, err := noted(ctx, tx, a, in, "proposeClosing")
	if err != nil {
		return Done{}, err
	}
	quiet, err := quietLongEnough(ctx, tx, r.ID, a.Today)
	if err != nil {
		return Done{}, fmt.Errorf("propose closing: %w", err)
	}
	if !quiet {
		return Done{}, fault.New(fault.Conflict,
			"距上次发现风险尚未满规定期限，请继续跟进。", "The time without a risk is not over; follow up on.")
	}
	if err := r.decided(ctx, tx); err != nil {
		return Done{}, err
	}
	if err := safeguard.AllDone(ctx, tx, r.ID); err != nil {
		return Done{}, err
	}
	if err := sign(ctx, tx, r.ID, a.Staff); err != nil {
		return Done{}, fmt.Errorf("propose closing: %w", err)
	}
	signer, err := r.signer(ctx, tx, a)
	if err != nil {
		return Done{}, err
	}
	if err := r.give(ctx, tx, toSign(), signer, a); err != nil {
		return Done{}, err
	}
	return r.next(ctx, tx, a, s, []task.Kind{toClose()}, nil)
}

// signer is who signs second: the supervisor, or another case manager; of a child that is
// hidden altogether its other named handler, since nobody else may hear of it. Fault:
// Conflict where there is nobody, so that no report waits for a signature that cannot come.
func (r open) signer(ctx context.Context, tx postgres.Tx, a Actor) (signer int64, err error) {
	hidden, signer, err := otherHandler(ctx, tx, r, a)
	if err == nil && !hidden {
		if signer = r.Supervisor; signer == 0 || signer == a.Staff {
			signer, err = task.HolderBut(ctx, tx, "CM", r.Child, a.Staff, a.Now)
		}
	}
	if err == nil && signer == 0 {
		err = fault.New(fault.Conflict, "目前没有可以会签的另一人，请先补足在岗人员。", "Nobody is in post who may sign second; fill the post first.")
	}
	return signer, err
}

// decided refuses where a shield or placement of the child stands that nobody has
// decided to keep since the reporter was told: no protection is forgotten with its report.
func (r open) decided(ctx context.Context, tx postgres.Tx) error {
	open, err := undecided(ctx, tx, r.ID)
	if err != nil {
		return fmt.Errorf("propose closing: %w", err)
	}
	if open {
		return fault.New(fault.Conflict,
			"请先就孩子的遮蔽或临时安置作出决定（续期或解除），再提请办结。",
			"Decide first whether the child's shield or placement is kept or ended, then propose the closing.")
	}
	return nil
}

// Sign closes the report by a second signature. Faults: those of begin; Conflict
// where nobody has signed yet; Forbidden for whoever signed first.
func Sign(ctx context.Context, tx postgres.Tx, a Actor, in Step) (Done, error) {
	r, s, err := noted(ctx, tx, a, in, "signClosing")
	switch {
	case err != nil:
		return Done{}, err
	case r.ClosingBy == 0:
		return Done{}, fault.New(fault.Conflict, "尚无人提请办结。", "Nobody has signed the closing yet.")
	case r.ClosingBy == a.Staff:
		return Done{}, fault.New(fault.Forbidden, "会签须由另一人进行。", "The second signature is another person's.")
	}
	if err := closed(ctx, tx, r.ID, a); err != nil {
		return Done{}, fmt.Errorf("sign closing: %w", err)
	}
	return r.next(ctx, tx, a, s, nil, nil)
}

// goodFaith is what the reporter is told of a report that nothing came of.
const goodFaith = "经核查，未发现需要采取保护措施的情形。感谢您依法报告；您的身份受到保护，善意报告不承担责任。"

// CloseUnfounded ends a report that nothing came of. The child's file shows nothing
// of it afterwards: the report leaves the child, the shield and the rights case that
// its acceptance made go. Faults: those of begin; Conflict where a measure was taken,
// which cannot be undone.
func CloseUnfounded(ctx context.Context, tx postgres.Tx, a Actor, in Step) (Done, error) {
	r, s, err := noted(ctx, tx, a, in, "closeUnfounded")
	if err != nil {
		return Done{}, err
	}
	measured, err := measured(ctx, tx, r.ID)
	if err != nil {
		return Done{}, fmt.Errorf("close unfounded: %w", err)
	}
	if measured {
		return Done{}, fault.New(fault.Conflict,
			"已采取安置或维权措施，不能按查无实据办结；请按程序办结。",
			"A placement or a step of the rights case was made on it; close it by the ordinary way.")
	}
	if err := unfound(ctx, tx, r, a); err != nil {
		return Done{}, fmt.Errorf("close unfounded: %w", err)
	}
	return r.next(ctx, tx, a, s, nil, nil)
}
