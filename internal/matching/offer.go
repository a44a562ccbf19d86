package matching

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/pairing"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Offer is a resource that an organisation or a volunteer offers.
type Offer struct {
	Need           string  `json:"need"`
	Resource       string  `json:"resource"`
	Donor          string  `json:"donor"`
	Volunteer      *string `json:"volunteer"`
	TownshipCode   *string `json:"townshipCode"`
	Quantity       int     `json:"quantity"`
	AvailableUntil string  `json:"availableUntil"`
}

// Make notes an offer. Whoever is to meet a child is a vetted volunteer of the
// women's federation. Faults: BadRequest, Forbidden.
func Make(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Offer) (disclosure.Changed, error) {
	var none disclosure.Changed
	if err := plaintext.Need("donor", in.Donor, 40); err != nil {
		return none, err
	}
	if err := ahead("availableUntil", in.AvailableUntil, d, 730); err != nil {
		return none, err
	}
	if in.Quantity < 1 || in.Quantity > 1000 {
		return none, fault.At("quantity", fault.New(fault.BadRequest, "请填写1到1000。", "Give 1 to 1000."))
	}
	volunteer := int64(0)
	switch {
	case contact[in.Need] && d.Post.Role != "FE":
		return none, fault.At("need", fault.New(fault.Forbidden, "与儿童接触的服务由妇联登记的志愿者提供。", "Services that meet a child are given by volunteers of the women's federation."))
	case contact[in.Need] != (in.Volunteer != nil):
		return none, fault.At("volunteer", fault.New(fault.BadRequest, "陪伴和辅导须写明志愿者，其他资源不写。", "Company and tutoring name a volunteer, other resources none."))
	case in.Volunteer != nil:
		var err error
		if volunteer, err = pairing.Vetted(ctx, tx, *in.Volunteer, in.AvailableUntil); err != nil {
			return none, fault.At("volunteer", err)
		}
	}
	id, err := insertOffer(ctx, tx, d, in, volunteer)
	if err != nil {
		return none, err
	}
	return disclosure.Changed{Reason: "OFFERED", Result: Result{id, "OFFERED", 1}}, nil
}

// offer is an offer that is asked for.
type offer struct{ ID, Keeper, Volunteer int64 }

// request is a request in the hand of the keeper who answers it.
type request struct {
	ID, Need, Offer, Keeper, Volunteer int64
	State                              string
	Version                            int
}

// answered takes a request that the caller may answer. Faults: Conflict, NotFound.
func answered(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64, version int) (request, error) {
	r, err := loadRequest(ctx, tx, id, d.Caller.Staff.ID)
	if err != nil {
		return r, err
	}
	if err := flow.AsRead(version, r.Version); err != nil {
		return r, err
	}
	if r.State != "ASKED" {
		return r, fault.New(fault.Conflict, "这项请求已答复或已撤回。", "This request has been answered or withdrawn.")
	}
	return r, task.Finish(ctx, tx, task.Subject{Table: requestTable, ID: id}, d.Caller.Staff.ID, d.Now)
}

// Accept gives the offer to the need. The child is opened only now, only where a
// volunteer is to meet it, and only to the keeper, by a work item. Faults: Conflict,
// NotFound.
func Accept(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64, version int) (disclosure.Changed, error) {
	var none disclosure.Changed
	r, err := answered(ctx, tx, d, id, version)
	if err != nil {
		return none, err
	}
	n, err := begin(ctx, tx, r.Need, AcceptMove, 0)
	if err != nil {
		return none, err
	}
	if err := take(ctx, tx, r.Offer); err != nil {
		return none, err
	}
	done := disclosure.Changed{Reason: Accepted}
	if r.Volunteer != 0 {
		err := pairing.Propose(ctx, tx, d, pairing.New{Child: n.Child, Volunteer: r.Volunteer, Keeper: r.Keeper, ConsentRef: n.Consent})
		if err != nil {
			return none, err
		}
		done.Disclosures = []audit.Disclosure{{ChildID: n.Child, Bases: []string{"pairing_consent"}}}
	}
	if err := n.accepted(ctx, tx, today(d)); err != nil {
		return none, fmt.Errorf("accepted: %w", err)
	}
	err = task.Open(ctx, tx, task.New{Kind: ToDeliver(), Child: n.Child, Subject: needTable, SubjectID: n.ID, Staff: n.Author, From: d.Now})
	if err != nil {
		return none, err
	}
	return r.answer(ctx, tx, n, "ACCEPTED", done)
}

// Decline refuses the offer for this need; nobody learns for whom it was. Faults:
// Conflict, NotFound.
func Decline(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64, version int) (disclosure.Changed, error) {
	var none disclosure.Changed
	r, err := answered(ctx, tx, d, id, version)
	if err != nil {
		return none, err
	}
	n, err := begin(ctx, tx, r.Need, DeclineMove, 0)
	if err != nil {
		return none, err
	}
	n.Offer = 0
	err = task.Open(ctx, tx, task.New{Kind: ToRetry(), Child: n.Child, Subject: needTable, SubjectID: n.ID, Staff: n.Author, From: d.Now})
	if err != nil {
		return none, err
	}
	return r.answer(ctx, tx, n, "DECLINED", disclosure.Changed{Reason: "DECLINED"})
}

// answer saves both ends of a request; the keeper is told of the request alone.
func (r request) answer(ctx context.Context, tx postgres.Tx, n need, state string, done disclosure.Changed) (disclosure.Changed, error) {
	if _, err := moveNeed(ctx, tx, n); err != nil {
		return done, fmt.Errorf("move need: %w", err)
	}
	version, err := answerRequest(ctx, tx, r.ID, state)
	if err != nil {
		return done, fmt.Errorf("answer request: %w", err)
	}
	done.Result = Result{r.ID, state, version}
	return done, nil
}
