package registering

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// nominated is what every nomination comes to, whatever stood before it.
const nominated = "NOMINATED"

// Nomination is how the nominator came to know of a child.
type Nomination struct {
	Source *string `json:"source"`
}

// Nominate names a child that may belong on the register; the director of the village
// is asked to claim it. One that had left comes back as a candidate. Of a child that is on
// the register already, or being verified, nothing changes: the answer is the same, so that
// nobody asks in this way who is on it.
func Nominate(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Nomination) (disclosure.Changed, error) {
	done := disclosure.Changed{Reason: nominated, Result: Result{State: nominated}}
	e, err := load(ctx, tx, d.ChildID, d.Now)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("load: %w", err)
	}
	if _, err := Machine().Next(e.state, NominateMove); err != nil || e.over {
		return done, nil //nolint:nilerr // it is on the register, which is no answer
	}
	return done, e.candidate(ctx, tx, d, d.Caller.Staff.ID, in.Source)
}

// candidate makes the child one, and has the director of the village asked to claim it.
func (e *entry) candidate(ctx context.Context, tx postgres.Tx, d disclosure.Decided, by int64, source *string) error {
	if err := e.comeBack(ctx, tx, d.Now); err != nil {
		return fmt.Errorf("begin anew: %w", err)
	}
	if _, err := nominate(ctx, tx, e.child, by, source, d.Now); err != nil {
		return fmt.Errorf("nominate: %w", err)
	}
	if err := openBatch(ctx, tx, e.child, d.Now); err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	return e.ask(ctx, tx, d, toClaim(), "DIR", true)
}

// comeBack lets the file of a child that had left begin anew; whoever has read one that
// was an error hears of it first.
func (e *entry) comeBack(ctx context.Context, tx postgres.Tx, now time.Time) error {
	if e.state != Exited {
		return nil
	}
	if e.untold {
		if err := tellReaders(ctx, tx, e.child, now); err != nil {
			return err
		}
	}
	return beginAnew(ctx, tx, e.child)
}

// Claim has the director take the case over, or the supervisor where the village has no
// director. Two who claim at once have read one version: the second is told so. Faults:
// Conflict, Forbidden.
func Claim(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	e, err := begin(ctx, tx, d, ClaimMove, version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := e.directs(ctx, tx, d); err != nil {
		return disclosure.Changed{}, err
	}
	if e.version, err = claim(ctx, tx, e.child, d.Caller.Staff.ID, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("claim: %w", err)
	}
	done, err := e.end(ctx, tx, d, toClaim())
	if err != nil {
		return done, err
	}
	return done, e.give(ctx, tx, toVerify(), task.InPost{Staff: d.Caller.Staff.ID}, true, d.Now)
}

// Finding is what a home check found.
type Finding struct {
	Version   int     `json:"version"`
	Reason    string  `json:"careReason"`
	Since     *string `json:"since"`
	Reach     *string `json:"reach"`
	Evidence  *string `json:"evidence"`
	HomeSince *string `json:"homeSince"`
}

// Verify notes what the home check found, compares it with school and clinic, and hands
// a candidate to the supervisor; a child on the register is verified anew by it.
// Faults: Conflict, BadRequest, Forbidden for a claim of somebody else.
func Verify(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Finding) (disclosure.Changed, error) {
	e, err := begin(ctx, tx, d, VerifyMove, in.Version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if e.state == Verifying && e.claimer != d.Caller.Staff.ID {
		return disclosure.Changed{}, fault.New(fault.Forbidden, "这名儿童由他人认领。", "Somebody else has claimed this child.")
	}
	if e.state != Verifying { // who has claimed a child goes on with it
		if err := e.directs(ctx, tx, d); err != nil {
			return disclosure.Changed{}, err
		}
	}
	if err := in.check(d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	if err := e.verify(ctx, tx, in, d); err != nil {
		return disclosure.Changed{}, fmt.Errorf("verify: %w", err)
	}
	if err := reverified(ctx, tx, e.child, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("close work items: %w", err)
	}
	done, err := e.end(ctx, tx, d, toVerify(), toReverify())
	if err != nil {
		return done, err
	}
	if err := e.compare(ctx, tx, d); err != nil {
		return done, err
	}
	if e.state == Verifying {
		return done, e.askToDecide(ctx, tx, d)
	}
	if e.metAnew || e.hardship {
		return done, nil
	}
	return done, e.ask(ctx, tx, d, noLonger(), "SUP", false)
}

// check refuses findings that do not hold together.
func (in Finding) check(now time.Time) error {
	today := chinatime.Day(now)
	for member, value := range map[string]*string{"since": in.Since, "homeSince": in.HomeSince} {
		if value == nil {
			continue
		}
		if _, err := time.Parse(time.DateOnly, *value); err != nil || *value > today {
			return fault.At(member, fault.New(fault.BadRequest, "请填写不晚于今天的日期（YYYY-MM-DD）。", "Give a date (YYYY-MM-DD) that is not after today."))
		}
	}
	away := in.Reason == "BOTH_AWAY" || in.Reason == "ONE_AWAY_OTHER_UNABLE"
	switch {
	case away && (in.Since == nil || in.Reach == nil):
		return fault.At("since", fault.New(fault.BadRequest, "父母外出的，请填写起始日期和外出范围。", "Where a parent is away, say since when and how far."))
	case in.Reason == "ONE_AWAY_OTHER_UNABLE" && in.Evidence == nil:
		return fault.At("evidence", fault.New(fault.BadRequest, "另一方无监护能力的，请填写证明种类。", "Where the other parent is unable, say by which kind of proof."))
	}
	return nil
}

// compare tells those who can help of what school, clinic and household registration
// lack; each hears of its own part alone.
func (e *entry) compare(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	for _, c := range []struct {
		lacks bool
		kind  task.Kind
		role  policy.Role
	}{{e.notEnrolled, helpEnrol(), "DPS"}, {e.vaccinesDue, helpVaccine(), "HD"}, {e.noHukou, helpHukou(), "SUP"}} {
		if !c.lacks {
			continue
		}
		if err := e.ask(ctx, tx, d, c.kind, c.role, false); err != nil {
			return err
		}
	}
	return nil
}

// Decision is what the supervisor decides: the groups of hardship, and the risk, which
// a named person sets.
type Decision struct {
	Version int       `json:"version"`
	Groups  *[]string `json:"hardshipGroups"`
	Risk    string    `json:"riskLevel"`
}

func (in Decision) groups() []string {
	if in.Groups == nil {
		return []string{}
	}
	return *in.Groups
}

// Confirm takes the child onto the register, under the definition in force or with
// hardship; who has checked it at home does not. Faults: Conflict where neither holds,
// Forbidden.
func Confirm(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Decision) (disclosure.Changed, error) {
	e, err := begin(ctx, tx, d, ConfirmMove, in.Version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := e.byAnother(ctx, tx, d); err != nil {
		return disclosure.Changed{}, err
	}
	if e.doubtful {
		return disclosure.Changed{}, doubt()
	}
	if !e.met && !e.migrant && len(in.groups()) == 0 {
		return disclosure.Changed{}, fault.New(fault.Conflict,
			"按现行定义尚不符合留守（或流动）条件，也未认定困境类别；可待期满后再办，或不予登记。",
			"The definition in force is not met and no group of hardship is given; decide later, or reject.")
	}
	if err := ticket.Close(ctx, tx, e.ticket, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	if e.version, err = confirm(ctx, tx, e, in, d); err != nil {
		return disclosure.Changed{}, fmt.Errorf("confirm: %w", err)
	}
	return e.decided(ctx, tx, d)
}

// Refusal is why a child is kept off the register.
type Refusal struct {
	Version int    `json:"version"`
	Reason  string `json:"reason"`
}

// Reject keeps the child off the register, for a reason; the nominator is told. Faults:
// Conflict, Forbidden.
func Reject(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Refusal) (disclosure.Changed, error) {
	e, err := begin(ctx, tx, d, RejectMove, in.Version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := e.byAnother(ctx, tx, d); err != nil {
		return disclosure.Changed{}, err
	}
	if e.doubtful {
		return disclosure.Changed{}, doubt()
	}
	if err := ticket.Close(ctx, tx, e.ticket, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	if e.version, err = reject(ctx, tx, e.child, d.Caller.Staff.ID, in.Reason); err != nil {
		return disclosure.Changed{}, fmt.Errorf("reject: %w", err)
	}
	return e.decided(ctx, tx, d)
}

// doubt says that the supervisor has to decide about a duplicate first.
func doubt() error {
	return fault.New(fault.Conflict, "有疑似重复建档的合并建议待决定，请先核对。", "A proposal to merge two files is to be decided first.")
}

// decided ends the survey of a child and tells its nominator that there is an answer.
func (e *entry) decided(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
	done, err := e.end(ctx, tx, d, toConfirm(), toVerify(), toClaim())
	if err != nil || e.nominator == 0 {
		return done, err
	}
	return done, e.give(ctx, tx, told(), task.InPost{Staff: e.nominator}, false, d.Now)
}
