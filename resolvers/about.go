package resolvers

import (
	"context"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/policy"
)

// me tells the caller what the hub knows of them.
func (r *Resolver) me(ctx context.Context) (*model.Me, error) {
	caller := operation(ctx).Question.Caller
	p, err := r.Gate.Policies.Current()
	if err != nil {
		return nil, err
	}
	out := &model.Me{StaffCode: &caller.Staff.Code, AgencyCode: &caller.Agency.Code, AgencyName: &caller.Agency.Name}
	for _, post := range caller.Posts {
		out.Posts = append(out.Posts, r.post(p, caller, post))
	}
	return out, nil
}

func (r *Resolver) post(p *policy.Policy, caller identity.Caller, post identity.Post) *model.MyPost {
	id := r.Gate.IDs.Encode(caller.Agency.Code, "Post", post.ID)
	role := model.Role(post.Role)
	out := &model.MyPost{ID: id, Role: &role, Title: &post.Title}
	for _, info := range p.Purposes() {
		if slices.Contains(info.Roles, policy.Role(post.Role)) {
			out.Purposes = append(out.Purposes, model.Purpose(info.Code))
		}
	}
	return out
}

// purposes lists what a purpose rests on.
func (r *Resolver) purposes() ([]*model.PurposeInfo, error) {
	p, err := r.Gate.Policies.Current()
	if err != nil {
		return nil, err
	}
	var out []*model.PurposeInfo
	for _, info := range p.Purposes() {
		item := &model.PurposeInfo{
			Purpose: model.Purpose(info.Code), Name: info.Name.ZH, Statute: info.Statute, TicketRequired: info.Ticket.Required,
		}
		if info.Ticket.Kind != "" {
			item.TicketKind = &info.Ticket.Kind
		}
		for _, role := range info.Roles {
			item.Roles = append(item.Roles, model.Role(role))
		}
		out = append(out, item)
	}
	return out, nil
}

// policy lists the lines of one role and purpose.
func (r *Resolver) policy(role model.Role, purpose model.Purpose) (*model.PolicyInfo, error) {
	p, err := r.Gate.Policies.Current()
	if err != nil {
		return nil, err
	}
	if _, err := p.View(policy.Role(role), policy.Purpose(purpose)); err != nil {
		return nil, fault.New(fault.BadRequest, "该角色不能用于此用途。", "This role may not act for this purpose.")
	}
	out := &model.PolicyInfo{Version: p.Version(), Rules: []*model.PolicyRule{}}
	for _, line := range p.LinesOf(policy.Pair{Role: policy.Role(role), Purpose: policy.Purpose(purpose)}) {
		out.Rules = append(out.Rules, rule(line))
	}
	return out, nil
}

func rule(line policy.Line) *model.PolicyRule {
	form := model.Form(line.Form)
	if !form.IsValid() {
		form = model.FormWithheld
	}
	return &model.PolicyRule{
		Basis: string(line.Basis), Field: line.Group, Form: form, Allows: line.Effect == "allow", Ground: line.Ground,
	}
}

// explain says why a coordinate of a child has its form for this caller.
func (r *Resolver) explain(ctx context.Context, child, coordinate string) (*model.Explanation, error) {
	op := operation(ctx)
	got, err := r.Gate.Explain(ctx, op.Access, child, coordinate)
	if err != nil && fault.CodeOf(err) == fault.NotFound {
		op.mu.Lock()
		op.Missing = true
		op.mu.Unlock()
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	op.mu.Lock()
	op.Explained = append(op.Explained, got.Disclosure)
	op.mu.Unlock()
	out := &model.Explanation{
		Coordinate: got.Coordinate, Form: model.Form(got.Form.String()),
		Bases: []string{}, Rules: []*model.PolicyRule{},
	}
	for _, b := range got.Bases.List() {
		out.Bases = append(out.Bases, string(b))
	}
	for _, line := range got.Matched {
		out.Rules = append(out.Rules, rule(line))
	}
	if got.Reason.Code != "" {
		code := string(got.Reason.Code)
		out.Reason = &code
	}
	if unlock := strings.TrimSpace(got.Reason.Unlock.ZH + " " + got.Reason.Unlock.EN); unlock != "" {
		out.Unlock = &unlock
	}
	return out, nil
}
