package referral

import (
	"context"
	"fmt"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// subject is the table of referrals, as tasks name it.
const subject = "psych_referral"

// levels, of which the third is danger.
const (
	none  = "LEVEL_0"
	first = "LEVEL_1"
	third = "LEVEL_3"
)

// What a referral rests on.
const (
	guardian  = "GUARDIAN"
	emergency = "EMERGENCY"
)

// Result is what a move came to, and what a repetition of it is answered with.
type Result struct {
	ID      int64
	State   string
	Version int
}

// file is a referral in the hand of somebody who moves it, locked until the
// transaction ends.
type file struct {
	id, child, author, assignee, school, clinic, emergency int64
	state, level, basis, relation, consentOn, view         string
	version, age, tries                                    int
	urgent, crisis                                         bool
	informedOn, how, proof, unreachableOn, refusedOn       string
	screenedOn, plannedOn, planNote, toUnit                string
	measures                                               []string
	referredOn, escort                                     string
	followSince, followedOn, nextOn, followNote            string
	outcome, closedOn, today                               string
}

// danger: somebody who knows the child says so, or the level does.
func (f *file) danger() bool { return f.urgent || f.crisis || f.level == third }

// educates: psychology is education's to keep (一数一源), and theirs alone.
func educates(d disclosure.Decided) bool { return d.Post.Role == "PSY" || d.Post.Role == "HT" }

// move makes one move of the referral that d is about: by whom the machine lets, on the
// version that was seen; work does what is particular to it. Faults: NotFound,
// Forbidden, Conflict, whatever work returns.
func move(ctx context.Context, tx postgres.Tx, d disclosure.Decided, name string, version int, work func(f *file) error) (disclosure.Changed, error) {
	f, err := hold(ctx, tx, d, name)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if version == 0 {
		return disclosure.Changed{}, fault.At("version", fault.New(fault.BadRequest, "请填写所看到的版本。", "Say which version you have seen."))
	}
	if err := flow.AsRead(version, f.version); err != nil {
		return disclosure.Changed{}, err
	}
	to, err := Machine().Next(f.state, name)
	if err != nil {
		return disclosure.Changed{}, err
	}
	from := f.state
	if err := work(f); err != nil {
		return disclosure.Changed{}, err
	}
	f.state = to
	if err := f.save(ctx, tx); err != nil {
		return disclosure.Changed{}, fmt.Errorf("%s: %w", name, err)
	}
	if from != to {
		if err := f.follow(ctx, tx, d); err != nil {
			return disclosure.Changed{}, err
		}
	}
	return f.changed(), nil
}

// aboutChild are the moves that name the child: who makes them need not have seen the
// referral.
var aboutChild = [...]string{"informReferralGuardian", "recordUnreachable", "proceedInEmergency"}

// hold locks the referral and asks the machine for the role.
func hold(ctx context.Context, tx postgres.Tx, d disclosure.Decided, name string) (*file, error) {
	hold := take
	if slices.Contains(aboutChild[:], name) {
		hold = takeOpen
	}
	f, err := hold(ctx, tx, d)
	if err != nil {
		return nil, err
	}
	if !Machine().Lets(d.Post.Role, name) {
		return nil, fault.New(fault.Forbidden, "当前岗位不能进行此步骤。", "This post may not make this step.")
	}
	return f, nil
}

func missing() error {
	return fault.At("id", fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach."))
}

func conflict(member, zh, en string) error {
	return fault.At(member, fault.New(fault.Conflict, zh, en))
}

func (f *file) changed() disclosure.Changed {
	return disclosure.Changed{Result: Result{f.id, f.state, f.version}, Reason: f.state}
}

// follow lets tasks and work items follow the state that was entered.
func (f *file) follow(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	if err := finish(ctx, tx, f, d, f.over()...); err != nil {
		return err
	}
	switch f.state {
	case Informed:
		return f.giveWorker(ctx, tx, d, toConsent())
	case Consent:
		return f.giveWorker(ctx, tx, d, toScreen())
	case Screened:
		return f.giveWorker(ctx, tx, d, toPlan())
	case Planned:
		if f.level == third {
			return f.giveWorker(ctx, tx, d, toRefer())
		}
		return f.giveWorker(ctx, tx, d, toFollow())
	case Closed:
		return f.dismiss(ctx, tx, d)
	default: // the clinic's task is opened by the move, follow-ups by the clock
		return nil
	}
}

// over are the tasks that end with a state: all but the one that the state begins with,
// and what is owed to a guardian who was not asked.
func (f *file) over() []task.Kind {
	return slices.DeleteFunc(Kinds(), func(k task.Kind) bool {
		return k.Code == toTell().Code || k.Code == toTellAfter().Code && f.state != Closed && f.basis != guardian && f.refusedOn == "" ||
			k.Code == toAdvise().Code && f.state == Referred
	})
}

// worker is who works on it: the counsellor it was given to, or the psychologist of the
// school; 0 for nobody.
func (f *file) worker(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (int64, error) {
	if f.assignee != 0 {
		return f.assignee, nil
	}
	if who, err := task.HolderBut(ctx, tx, policy.PSY, f.child, 0, d.Now); err != nil || who != 0 {
		return who, err
	}
	// A school without a psychologist: a social worker under contract for it.
	who, err := contractor(ctx, tx, f, d)
	f.assignee = who
	return who, err
}

// giveWorker gives a task to who works on it, due today where there is danger.
func (f *file) giveWorker(ctx context.Context, tx postgres.Tx, d disclosure.Decided, k task.Kind) error {
	before := f.assignee
	who, err := f.worker(ctx, tx, d)
	if err != nil || who == 0 {
		return err
	}
	if f.assignee != before {
		if err := f.entrust(ctx, tx); err != nil {
			return err
		}
	}
	return f.give(ctx, tx, d, k, who)
}

// give gives somebody a task with the work item that opens the file for it.
func (f *file) give(ctx context.Context, tx postgres.Tx, d disclosure.Decided, k task.Kind, who int64) error {
	if f.danger() && k.Code != toTellAfter().Code && k.Code != toAdvise().Code && k.Code != toFollow().Code {
		k = today(k)
	}
	item, err := f.ticket(ctx, tx, d, who)
	if err != nil {
		return err
	}
	return task.Open(ctx, tx, task.New{Kind: k, Child: f.child, Subject: subject, SubjectID: f.id, Staff: who, Ticket: item, From: d.Now})
}

// ticket is the work item of somebody who works on the referral; finders and doctors
// need none.
func (f *file) ticket(ctx context.Context, tx postgres.Tx, d disclosure.Decided, who int64) (int64, error) {
	item, works, err := openItem(ctx, tx, f.child, who, d.Now)
	if err != nil || item != 0 || !works {
		return item, err
	}
	return ticket.Open(ctx, tx, ticket.New{
		Kind: "PSYCH_REFERRAL", Purpose: string(policy.PsychSupport), Staff: who, Child: f.child, Reason: "心理支持事项", From: d.Now,
	})
}
