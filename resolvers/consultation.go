package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/consultation"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// grants reports what a grant opens to a role, by the policy in force.
func (r *Resolver) grants() (consultation.Opener, error) {
	p, err := r.Gate.Policies.Current()
	if err != nil {
		return nil, err
	}
	return func(role, field string) bool {
		view, err := p.View(policy.Role(role), policy.Consultation)
		return err == nil && view.GroupCell(field).Full&disclosure.GrantOf(field) != 0
	}, nil
}

// consulted is what the key of a move keeps.
type consulted struct {
	ID, State string
	Version   int
	Unread    []string
}

func (r *Resolver) proposeConsultation(ctx context.Context, in model.ProposeConsultationInput) (*model.ProposeConsultationPayload, error) {
	var got consulted
	c := disclosure.Change{
		Mutation: "proposeConsultation", Key: in.Key, Input: in, Subject: disclosure.Subject{ID: in.Child, Type: "Child", Member: "child"},
	}
	made, err := r.change(ctx, c, &got, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		opens, err := r.grants()
		if err != nil {
			return disclosure.Changed{}, err
		}
		done, err := consultation.Propose(ctx, tx, actor(d), consultation.New{
			Child: d.ChildID, Topic: in.Topic, Reason: in.Reason, Fields: in.Fields, Urgent: in.Urgent, Opens: opens,
		})
		id := r.Gate.IDs.Encode(d.Caller.Agency.Code, "ConsultationCase", done.ID)
		return disclosure.Changed{Reason: done.State, Result: consulted{id, done.State, done.Version, done.Unread}}, err
	})
	out := &model.ProposeConsultationPayload{Entry: made.Entry, UserErrors: made.UserErrors}
	if got.ID != "" {
		state := model.ConsultationState(got.State)
		out.ID, out.State, out.Version, out.Unread = &got.ID, &state, &got.Version, got.Unread
	}
	return out, err
}

// moveConsultation makes one move; do does it with the consultation's internal id.
func (r *Resolver) moveConsultation(ctx context.Context, c disclosure.Change, id string,
	do func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64) (consultation.Done, error),
) (*model.ConsultationPayload, error) {
	var got consulted
	made, err := r.change(ctx, c, &got, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		n, err := r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, id, "ConsultationCase", "Consultation")
		if err != nil {
			return disclosure.Changed{}, fault.At("id", err)
		}
		done, err := do(ctx, tx, d, n)
		changed := disclosure.Changed{Reason: done.State, Result: consulted{ID: id, State: done.State, Version: done.Version}}
		if done.Child != 0 {
			changed.Disclosures = []audit.Disclosure{{ChildID: done.Child, Bases: []string{string(policy.Caller)}}}
		}
		return changed, err
	})
	out := &model.ConsultationPayload{Entry: made.Entry, UserErrors: made.UserErrors}
	if got.ID != "" {
		state := model.ConsultationState(got.State)
		out.ID, out.State, out.Version = &got.ID, &state, &got.Version
	}
	return out, err
}

func (r *Resolver) reviewSource(ctx context.Context, in model.ReviewSourceInput) (*model.ConsultationPayload, error) {
	return r.moveConsultation(ctx, disclosure.Change{Mutation: "reviewSource", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64) (consultation.Done, error) {
			return consultation.ReviewSource(ctx, tx, actor(d), consultation.Answer{
				Step: consultation.Step{Consultation: id, Version: in.Version}, Agreed: in.Agreed, Reason: given(in.Reason),
			})
		})
}

func (r *Resolver) conveneConsultation(ctx context.Context, in model.ConveneConsultationInput) (*model.ConsultationPayload, error) {
	return r.moveConsultation(ctx, disclosure.Change{Mutation: "conveneConsultation", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64) (consultation.Done, error) {
			return consultation.Convene(ctx, tx, actor(d), consultation.Call{
				Step: consultation.Step{Consultation: id, Version: in.Version}, People: in.People, Convenor: d.Caller.Agency.Name,
			})
		})
}

func (r *Resolver) pledgeSecrecy(ctx context.Context, in model.PledgeSecrecyInput) (*model.ConsultationPayload, error) {
	return r.moveConsultation(ctx, disclosure.Change{Mutation: "pledgeSecrecy", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64) (consultation.Done, error) {
			return consultation.Pledge(ctx, tx, actor(d), consultation.Step{Consultation: id}, in.Secret)
		})
}

func (r *Resolver) grantDisclosure(ctx context.Context, in model.GrantDisclosureInput) (*model.ConsultationPayload, error) {
	return r.moveConsultation(ctx, disclosure.Change{Mutation: "grantDisclosure", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64) (consultation.Done, error) {
			opens, err := r.grants()
			if err != nil {
				return consultation.Done{}, err
			}
			g := consultation.Grant{
				Step: consultation.Step{Consultation: id, Version: in.Version}, Fields: in.Fields, People: in.People, Opens: opens,
			}
			if days := in.Days.Value(); days != nil {
				if g.Days = *days; g.Days < 1 {
					return consultation.Done{}, fault.At("days", fault.New(fault.BadRequest, "至少授权一天。", "Grant one day at least."))
				}
			}
			return consultation.GrantDisclosure(ctx, tx, actor(d), g)
		})
}

func (r *Resolver) recordMeeting(ctx context.Context, in model.RecordMeetingInput) (*model.ConsultationPayload, error) {
	return r.moveConsultation(ctx, disclosure.Change{Mutation: "recordMeeting", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64) (consultation.Done, error) {
			return consultation.Record(ctx, tx, actor(d), consultation.Minutes{
				Step: consultation.Step{Consultation: id, Version: in.Version}, Minutes: in.Minutes, Decisions: in.Decisions, ChildView: in.ChildView,
			})
		})
}

func (r *Resolver) assignConsultationTasks(ctx context.Context, in model.AssignConsultationTasksInput) (*model.ConsultationPayload, error) {
	return r.moveConsultation(ctx, disclosure.Change{Mutation: "assignConsultationTasks", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64) (consultation.Done, error) {
			tasks, err := assignments(in.Tasks)
			if err != nil {
				return consultation.Done{}, err
			}
			return consultation.GiveOut(ctx, tx, actor(d), consultation.Assign{
				Step: consultation.Step{Consultation: id, Version: in.Version}, Tasks: tasks,
			})
		})
}

// assignments reads the tasks of an input.
func assignments(list []*model.ConsultationTaskInput) ([]consultation.Assignment, error) {
	out := make([]consultation.Assignment, len(list))
	for i, t := range list {
		out[i] = consultation.Assignment{Staff: t.Staff, Words: t.Text}
		if until := given(t.Until); until != "" {
			last, err := day("tasks", until)
			if err != nil {
				return nil, err
			}
			out[i].Until = last
		}
	}
	return out, nil
}

func (r *Resolver) reviewConsultation(ctx context.Context, in model.ReviewConsultationInput) (*model.ConsultationPayload, error) {
	return r.moveConsultation(ctx, disclosure.Change{Mutation: "reviewConsultation", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64) (consultation.Done, error) {
			return consultation.ReviewUse(ctx, tx, actor(d), consultation.Review{
				Step: consultation.Step{Consultation: id, Version: in.Version}, Note: in.Note,
			})
		})
}

func (r *Resolver) withdrawConsultation(ctx context.Context, in model.WithdrawConsultationInput) (*model.ConsultationPayload, error) {
	return r.moveConsultation(ctx, disclosure.Change{Mutation: "withdrawConsultation", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64) (consultation.Done, error) {
			return consultation.Withdraw(ctx, tx, actor(d), consultation.Step{Consultation: id, Version: in.Version})
		})
}

func (r *Resolver) finishConsultationTask(ctx context.Context, in model.FinishConsultationTaskInput) (*model.FinishConsultationTaskPayload, error) {
	var got consulted
	made, err := r.change(ctx, disclosure.Change{Mutation: "finishConsultationTask", Key: in.Key, Input: in}, &got,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			id, err := r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, in.Task, "Task")
			if err != nil {
				return disclosure.Changed{}, fault.At("task", err)
			}
			done, err := consultation.FinishTask(ctx, tx, actor(d), id, in.Outcome)
			changed := disclosure.Changed{Reason: in.Outcome, Result: consulted{ID: in.Task}}
			if done.Child != 0 {
				changed.Disclosures = []audit.Disclosure{{ChildID: done.Child, Bases: []string{string(policy.Caller)}}}
			}
			return changed, err
		})
	out := &model.FinishConsultationTaskPayload{Entry: made.Entry, UserErrors: made.UserErrors}
	if got.ID != "" {
		out.ID = &got.ID
	}
	return out, err
}
