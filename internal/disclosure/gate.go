package disclosure

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pairwise"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/telemetry"
	"github.com/tongxin-hub/tongxin/policy"
)

// Policies gives the policy in force, or fault.PolicyUnavailable when this node
// cannot confirm which one that is.
type Policies interface {
	Current() (*policy.Policy, error)
}

// Recorder makes an entry durable before it returns, or together with the
// transaction of a change.
type Recorder interface {
	Append(ctx context.Context, e audit.Entry) (audit.Receipt, error)
	AppendTx(ctx context.Context, tx postgres.Tx, e audit.Entry) (audit.Receipt, error)
}

// Deps is what the gate stands on; all are required but Metrics.
type Deps struct {
	Catalog  *Catalog
	Policies Policies
	DB       Database
	Reads    Reader
	Audit    Recorder
	IDs      *pairwise.IDs
	Now      func() time.Time
	Metrics  *telemetry.Metrics
}

// Gate is the only way to data: it decides, reads, records, and then answers.
type Gate struct {
	Deps
	plans  *lru.Cache[string, *Plan]
	volume *volume
	day    atomic.Pointer[day]
}

// planCacheSize bounds the compiled plans: some 100 KB each, documents are few.
const planCacheSize = 512

// NewGate refuses to be built without every enforcement point in place.
func NewGate(d Deps) (*Gate, error) {
	if d.Catalog == nil || d.Policies == nil || d.DB == nil || d.Reads == nil || d.Audit == nil || d.IDs == nil || d.Now == nil {
		return nil, errors.New("the gate needs catalog, policies, database, reader, audit writer, ids and clock")
	}
	plans, err := lru.New[string, *Plan](planCacheSize)
	if err != nil {
		return nil, err
	}
	return &Gate{Deps: d, plans: plans, volume: newVolume()}, nil
}

// Question is one operation of one caller, parsed and validated.
type Question struct {
	Caller            identity.Caller
	Doc               *ast.QueryDocument
	Op                *ast.OperationDefinition
	Vars              map[string]any
	Hash              string
	Purpose           string
	Ticket, Post      string
	ClientIP, TraceID string
	// Recorded is when the log has this operation, once it has.
	Recorded time.Time
	// Canonical asks for field names instead of aliases below the root fields:
	// the form that the generated executor reads.
	Canonical bool
}

// name of the operation, for the log.
func (q *Question) name() string {
	if q.Op == nil {
		return ""
	}
	return q.Op.Name
}

// Open decides whether the operation may be asked at all: a purpose, a post
// that may act for it, and the ticket that it hangs on.
func (g *Gate) Open(ctx context.Context, q *Question) (*Access, error) {
	p, err := g.Policies.Current()
	if err != nil {
		return nil, err
	}
	if q.Purpose == "" {
		return nil, fault.New(fault.PurposeRequired,
			"请说明用途：在操作上写 @access(purpose: …)，或加请求头 Tongxin-Purpose。",
			"State a purpose: write @access(purpose: …) on the operation or send the header Tongxin-Purpose.")
	}
	now := g.Now()
	a := &Access{Caller: q.Caller, Now: now, day: g.today(now), PolicyVersion: p.Version()}
	if err := g.choosePost(p, a, q); err != nil {
		return nil, err
	}
	info, _ := p.Purpose(a.View.Purpose)
	a.LegalBasis, a.life = info.Statute, info.Life
	if a.View.Purpose == policy.Emergency {
		if err := g.unreviewed(ctx, a); err != nil {
			return a, err
		}
	}
	if q.Ticket == "" {
		if a.View.Ticket.Required && a.Lapsed == "" {
			return a, fault.New(fault.TicketRequired,
				"此用途须关联工单：在 @access 中写 ticket，用 tickets 查询您的在办工单。",
				"This purpose needs a ticket: name it in @access(ticket:); the query tickets lists yours.")
		}
		return a, nil
	}
	a.Ticket, err = findTicket(ctx, g.DB, a, q.Ticket)
	if fault.CodeOf(err) == fault.TicketInvalid {
		a.closed = err
	}
	return a, err
}

// choosePost takes the one post of the caller that may act for the purpose.
func (g *Gate) choosePost(p *policy.Policy, a *Access, q *Question) error {
	purpose := policy.Purpose(q.Purpose)
	if q.Caller.SystemPurposes != nil && !slices.Contains(q.Caller.SystemPurposes, q.Purpose) {
		return fault.New(fault.PurposeNotPermitted,
			"所用的接入系统未登记此用途。", "The client system is not registered for this purpose.")
	}
	var fit []identity.Post
	for _, post := range q.Caller.Posts {
		if _, err := p.View(policy.Role(post.Role), purpose); err == nil && g.named(q, post) && contracted(post, purpose) {
			fit = append(fit, post)
		}
	}
	if len(fit) == 0 {
		return fault.New(fault.PurposeNotPermitted,
			"您的岗位不能用于此用途。", "None of your posts may act for this purpose.")
	}
	held := slices.DeleteFunc(slices.Clone(fit), func(post identity.Post) bool {
		return post.Lapsed(q.Caller.Staff, a.Now) != ""
	})
	if len(held) > 1 {
		return fault.New(fault.BadRequest,
			"您有多个岗位可用于此用途，请在 @access 中用 post 指明。",
			"Several of your posts may act for this purpose; name one with @access(post:).")
	}
	a.Post = fit[0]
	if len(held) == 1 {
		a.Post = held[0]
	}
	a.Lapsed = a.Post.Lapsed(q.Caller.Staff, a.Now)
	var err error
	a.View, err = p.View(policy.Role(a.Post.Role), purpose)
	return err
}

func (g *Gate) named(q *Question, post identity.Post) bool {
	if q.Post == "" {
		return true
	}
	typename, id, err := g.IDs.Decode(q.Caller.Agency.Code, q.Post)
	return err == nil && typename == "Post" && id == post.ID
}

// contracted reports whether a contractor's contract covers the purpose.
func contracted(post identity.Post, purpose policy.Purpose) bool {
	return post.Contract == nil || slices.Contains(post.Contract.Purposes, string(purpose))
}

// entry begins the audit entry of an operation.
func (g *Gate) entry(q *Question, a *Access) audit.Entry {
	e := audit.Entry{
		At: g.Now(), AgencyID: q.Caller.Agency.ID, AgencyCode: q.Caller.Agency.Code,
		StaffID: q.Caller.Staff.ID, StaffCode: q.Caller.Staff.Code, System: q.Caller.System,
		Purpose: q.Purpose, Ticket: q.Ticket, Operation: q.name(), DocumentHash: q.Hash,
		TraceID: q.TraceID, ClientIP: q.ClientIP,
	}
	if a != nil {
		e.PolicyVersion, e.LegalBasis, e.BreakGlass = a.PolicyVersion, a.LegalBasis, q.Purpose == string(policy.Emergency)
		e.PostID, e.Role, e.Approval, e.Reason = a.Post.ID, a.Post.Role, a.Post.Approval, a.Lapsed
	}
	return e
}

// append makes the entry of an operation durable, whoever has gone away meanwhile.
func (g *Gate) append(ctx context.Context, q *Question, e audit.Entry) (audit.Receipt, error) {
	got, err := g.Audit.Append(context.WithoutCancel(ctx), e)
	if err == nil {
		q.Recorded = got.At
	}
	return got, err
}

// Refuse records an operation that is not answered and returns what the caller
// is told: the cause, or fault.AuditUnavailable when even that is not recorded.
func (g *Gate) Refuse(ctx context.Context, q *Question, a *Access, cause error) error {
	e := g.entry(q, a)
	code := fault.CodeOf(cause)
	e.Outcome, e.Reason = audit.Failed, string(code)
	switch code {
	case fault.Forbidden, fault.PurposeRequired, fault.PurposeNotPermitted, fault.TicketRequired,
		fault.TicketInvalid, fault.VolumeLimit, fault.CostLimit, fault.RateLimited:
		e.Outcome = audit.Denied
	case fault.NotFound:
		e.Outcome = audit.NotFound
	default: // everything else broke or was malformed
	}
	if _, err := g.append(ctx, q, e); err != nil {
		return err
	}
	return cause
}

// Noted is what an operation about the hub itself asked for and told.
type Noted struct {
	Requested []string
	// Missing: it asked about a child that is not in reach.
	Missing bool
	// Children are those whose bases were explained.
	Children []audit.Disclosure
}

// Note records an operation about the hub itself, with the children it explained
// if any, and returns its receipt.
func (g *Gate) Note(ctx context.Context, q *Question, a *Access, n Noted) (Receipt, error) {
	e := g.entry(q, a)
	e.Outcome, e.Requested, e.Disclosures = audit.Allowed, n.Requested, n.Children
	if n.Missing && len(n.Children) == 0 {
		e.Outcome = audit.NotFound
	}
	if a == nil { // nobody has checked what the request claims
		e.Purpose, e.Ticket = "", ""
	}
	got, err := g.append(ctx, q, e)
	receipt := receiptOf(a, got, e.Outcome)
	receipt.Children = len(n.Children)
	return receipt, err
}

// planKey names a compiled plan: nothing of the caller but role and purpose.
func planKey(q *Question, a *Access, flags string) string {
	return q.Hash + "\x00" + q.name() + "\x00" + string(a.View.Role) + "\x00" + string(a.View.Purpose) +
		"\x00" + a.PolicyVersion + "\x00" + flags + strconv.FormatBool(q.Canonical)
}

// Decline records an attempt that is answered with a user error.
func (g *Gate) Decline(ctx context.Context, q *Question, a *Access, cause error) (Receipt, error) {
	e := g.entry(q, a)
	e.Outcome, e.Reason = audit.Denied, string(fault.CodeOf(cause))
	if fault.CodeOf(cause) == fault.NotFound {
		e.Outcome = audit.NotFound
	}
	got, err := g.append(ctx, q, e)
	return receiptOf(a, got, e.Outcome), err
}
