package moving

import (
	"context"
	"fmt"
	"regexp"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/packet"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// table is the subject of tasks about a transfer.
const table = "transfer_request"

// Result is where a transfer stands after a move.
type Result struct {
	State   string
	Version int
}

// Handing is where a child has moved, and what whoever takes over should know.
type Handing struct {
	To          string `json:"toArea"`
	WithParents bool   `json:"withParents"`
	Summary     string `json:"summary"`
}

// area is a code of a village.
var area = regexp.MustCompile(`^\d{12}$`)

func (in Handing) check() error {
	if n := utf8.RuneCountInString(in.Summary); n < 10 || n > 200 || plaintext.Numbered(in.Summary) {
		return fault.At("summary", fault.New(fault.BadRequest, "请用10到200字写明交接要点，不写号码。", "Write 10 to 200 characters, without long numbers."))
	}
	if !area.MatchString(in.To) {
		return fault.At("toArea", fault.New(fault.BadRequest, "请填写12位村（社区）代码。", "Give the 12-digit code of the village."))
	}
	return nil
}

// HandOver sends a child that has moved on its way. Inside the district the old village's
// director, or the supervisor in their stead, hands over with one summary; the new village
// is asked to claim it, and until then nothing changes. To another county the supervisor
// sends: the minimum of the file goes to the hub of that place, read on behalf of whoever
// hands over; where no partner has it, the case manager sends it on paper. Faults:
// BadRequest, Conflict.
func (x *Exchange) HandOver(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Handing, read Reading) (disclosure.Changed, error) {
	if err := in.check(); err != nil {
		return disclosure.Changed{}, err
	}
	m, err := load(ctx, tx, d.ChildID, in.To, d.Now)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("load: %w", err)
	}
	switch {
	case m.underWay:
		return disclosure.Changed{}, fault.New(fault.Conflict, "该儿童已有交接在办。", "A hand-over of this child is under way.")
	case m.village != 0 && (in.WithParents || m.village == m.from):
		return disclosure.Changed{}, fault.At("toArea", fault.New(fault.BadRequest, "区内迁居请填写另一个村，随父母外出仅指外县区。", "Inside the district, name another village; with the parents means to another county."))
	}
	if m.village == 0 && d.Post.Role == string(policy.DIR) {
		return m.request(ctx, tx, d, in)
	}
	if m.state, err = Machine().Next(Requested, HandOverMove); err != nil {
		return disclosure.Changed{}, err
	}
	if to, ok := x.Partners.For(in.To); ok && m.village == 0 {
		m.hub = to.Hub
		if m.packet, err = x.name(); err != nil {
			return disclosure.Changed{}, err
		}
	}
	if m.id, m.fromArea, err = send(ctx, tx, m, in, d); err != nil {
		return disclosure.Changed{}, fmt.Errorf("send: %w", err)
	}
	if err := arranged(ctx, tx, d.ChildID, d.Caller.Staff.ID, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("arranged: %w", err)
	}
	switch {
	case m.hub != "":
		err = x.dispatch(ctx, tx, d, m, in, read)
	case m.village == 0:
		err = m.onPaper(ctx, tx, d)
	default:
		err = m.toClaim(ctx, tx, d)
	}
	return m.result(), err
}

// request keeps what the director knows of a move to another county, and asks the
// supervisor, whose hand-over goes on with it.
func (m moving) request(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Handing) (disclosure.Changed, error) {
	who, err := task.Holder(ctx, tx, policy.SUP, m.child, d.Now)
	if err != nil {
		return disclosure.Changed{}, err
	}
	m.state = Requested
	if m.id, m.fromArea, err = send(ctx, tx, m, in, d); err != nil {
		return disclosure.Changed{}, fmt.Errorf("send: %w", err)
	}
	if err := arranged(ctx, tx, m.child, d.Caller.Staff.ID, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("arranged: %w", err)
	}
	if who.Staff == 0 {
		return m.result(), nil
	}
	return m.result(), task.Open(ctx, tx, task.New{Kind: ToRequest(), Child: m.child, Subject: table, SubjectID: m.id, Staff: who.Staff, For: who.For, From: d.Now})
}

// kind is how a child moves.
func (m moving) kind(in Handing) string {
	switch {
	case m.village != 0:
		return "WITHIN"
	case in.WithParents:
		return packet.WithParents
	default:
		return packet.StillLeftBehind
	}
}

// toClaim asks the director of the new village, or its supervisor. The work item opens nothing before the
// claim: the child lives elsewhere.
func (m moving) toClaim(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	if m.claimer == 0 {
		return fault.At("toArea", fault.New(fault.Conflict, "该村暂无在岗儿童主任，当地镇街也暂无儿童督导员，请先联系当地镇街。", "That village has no director in post and its township no supervisor; ask the township first."))
	}
	item, err := ticket.Open(ctx, tx, ticket.New{
		Kind: "VISIT_TASK", Purpose: string(policy.Visit), Staff: m.claimer, Child: m.child, Reason: "认领迁入", From: d.Now,
	})
	if err != nil {
		return err
	}
	if err := hold(ctx, tx, m.id, item); err != nil {
		return err
	}
	return task.Open(ctx, tx, task.New{Kind: ToClaim(), Ticket: item, Subject: table, SubjectID: m.id, Staff: m.claimer, From: d.Now})
}

// Claim takes a child that has moved in over: it lives here now, and whoever had it
// before reaches it no more. Faults: NotFound, Conflict.
func Claim(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64) (disclosure.Changed, error) {
	m, err := begin(ctx, tx, d, id, ClaimMove)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := settle(ctx, tx, m, d.Caller.Staff.ID, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("settle: %w", err)
	}
	return m.told(), nil
}

// Decline says that the child does not live here; whoever handed it over finds out, a
// director with the work item that opens the file for it. Faults: NotFound, Conflict.
func Decline(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64) (disclosure.Changed, error) {
	m, err := begin(ctx, tx, d, id, DeclineMove)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := giveBack(ctx, tx, m.id); err != nil {
		return disclosure.Changed{}, fmt.Errorf("give back: %w", err)
	}
	if err := ticket.Close(ctx, tx, m.ticket, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	n := task.New{Kind: ToArrange(), Child: m.child, Subject: table, SubjectID: m.id, Staff: m.supervisor, From: d.Now}
	if m.byDirector {
		if n.Ticket, err = ticket.Open(ctx, tx, ticket.New{
			Kind: "VISIT_TASK", Purpose: string(policy.Visit), Staff: m.supervisor, Child: m.child, Reason: "迁居被退回", From: d.Now,
		}); err != nil {
			return disclosure.Changed{}, err
		}
	}
	return m.told(), task.Open(ctx, tx, n)
}

// begin takes the transfer that a task of the caller's asks about.
func begin(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64, move string) (moving, error) {
	ended, err := task.End(ctx, tx, id, d.Caller.Staff.ID, d.Now, ToClaim())
	if err != nil {
		return moving{}, err
	}
	m, err := take(ctx, tx, ended.SubjectID, d.Now)
	if err != nil {
		return m, fmt.Errorf("take: %w", err)
	}
	m.state, err = Machine().Next(m.state, move)
	return m, err
}

func (m moving) result() disclosure.Changed {
	return disclosure.Changed{Reason: m.state, Result: Result{State: m.state}}
}

// told is a result that names the child, whom the change itself does not.
func (m moving) told() disclosure.Changed {
	c := m.result()
	c.Disclosures = []audit.Disclosure{{ChildID: m.child}}
	return c
}
