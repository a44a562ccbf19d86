package resolvers

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/report"
)

// callPolice is what every answer to a report in danger says first.
const callPolice = "有现实危险：请立即拨打110，并守护孩子直到警察到场。 In danger: call 110 now, and stay with the child until the police are there."

// actor is who makes a move of a report.
func actor(d disclosure.Decided) flow.Actor {
	today, _ := time.Parse(time.DateOnly, d.Today()) // the gate's own day
	return flow.Actor{Staff: d.Caller.Staff.ID, Agency: d.Caller.Agency.ID, Role: d.Post.Role, Now: d.Now, Today: today}
}

// named are the ways to say which child: an id in reach, or a token.
type named struct {
	child disclosure.Reached
	kind  string
	token []byte
}

// whom reads the ways to name a child that an input gives.
func (r *Resolver) whom(ctx context.Context, id graphql.Omittable[*string], token graphql.Omittable[*model.JoinTokenInput]) (n named, err error) {
	if in := token.Value(); in != nil {
		n.kind = string(in.Kind)
		if n.token, err = hex.DecodeString(in.Token); err != nil || len(n.token) != 32 {
			return n, fault.At("token", fault.New(fault.BadRequest,
				"请发送64位十六进制的令牌，不要发送号码本身。", "Send the token, 64 hex digits, and never the number itself."))
		}
	}
	if child := given(id); child != "" {
		if n.child, err = r.Gate.Reach(ctx, operation(ctx).Access, child); err != nil {
			return n, fault.At("child", err)
		}
	}
	return n, nil
}

// day reads a date.
func day(member, text string) (time.Time, error) {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return d, fault.At(member, fault.New(fault.BadRequest, "日期须写作 YYYY-MM-DD。", "Write dates as YYYY-MM-DD."))
	}
	return d, nil
}

// momentAt reads a moment.
func momentAt(member, text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fault.At(member, fault.New(fault.BadRequest, "时刻须写作 RFC 3339 格式。", "Write instants as in RFC 3339."))
	}
	return t, nil
}

// sent is what the reporter's key keeps.
type sent struct {
	ID           string
	State        string
	Version      int
	SupplementBy *time.Time
}

func (r *Resolver) submitReport(ctx context.Context, in model.SubmitReportInput) (*model.SubmitReportPayload, error) {
	var got sent
	caller := operation(ctx).Question.Caller
	made, err := r.change(ctx, disclosure.Change{Mutation: "submitReport", Key: in.Key, Input: in}, &got,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			who, err := r.whom(ctx, in.Child, in.Token)
			if err != nil {
				return disclosure.Changed{}, err
			}
			found, err := day("foundOn", in.FoundOn)
			if err != nil {
				return disclosure.Changed{}, err
			}
			n := report.New{
				Child: who.child.ChildID, Kind: who.kind, Token: who.token, Described: given(in.Described), Place: given(in.Place),
				Category: string(in.Category), Channel: string(in.Channel), FoundOn: found, Danger: in.ImmediateDanger,
				Suspects: in.GuardianSuspected, PoliceNo: given(in.PoliceNoticeNo), Narrative: given(in.Narrative), Injury: given(in.Injury),
				Person: caller.Staff.Name,
			}
			if caller.Staff.Kind == identity.KindSystem { // a machine reports for its unit
				n.Person = ""
			}
			if in.ForUnit || n.Person == "" {
				n.Unit = caller.Agency.Name
			}
			done, err := report.Submit(ctx, tx, actor(d), n)
			changed := disclosure.Changed{Reason: done.State, Result: sent{
				r.Gate.IDs.Encode(caller.Agency.Code, "MyReport", done.ID), done.State, done.Version, done.SupplementBy,
			}}
			if who.child.ChildID != 0 {
				changed.Disclosures = []audit.Disclosure{{ChildID: who.child.ChildID, Bases: who.child.Bases}}
			}
			return changed, err
		})
	out := &model.SubmitReportPayload{Entry: made.Entry, UserErrors: made.UserErrors}
	if in.ImmediateDanger { // said also where something else stood in the way
		advice := callPolice
		out.Advice = &advice
	}
	if got.ID != "" {
		state := model.ReportState(got.State)
		out.ID, out.State, out.Version = &got.ID, &state, &got.Version
		if got.SupplementBy != nil {
			due := got.SupplementBy.Format(time.RFC3339)
			out.SupplementDueAt = &due
		}
	}
	return out, err
}

// reportMoved is what the key of a move keeps.
type reportMoved struct {
	ID, State string
	Version   int
}

// moveReport makes one move of a report; do does it with the report's internal id.
func (r *Resolver) moveReport(ctx context.Context, c disclosure.Change, id string,
	do func(ctx context.Context, tx postgres.Tx, a report.Actor, id int64) (report.Done, error),
) (*model.ReportPayload, error) {
	var got reportMoved
	made, err := r.change(ctx, c, &got, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		n, err := r.reportID(d.Caller.Agency.Code, id)
		if err != nil {
			return disclosure.Changed{}, fault.At("id", err)
		}
		done, err := do(ctx, tx, actor(d), n)
		changed := disclosure.Changed{Reason: done.State, Result: reportMoved{id, done.State, done.Version}}
		if done.Child != 0 {
			changed.Disclosures = []audit.Disclosure{{ChildID: done.Child, Bases: handling(d.Post.Role)}}
		}
		return changed, err
	})
	out := &model.ReportPayload{Entry: made.Entry, UserErrors: made.UserErrors}
	if got.ID != "" {
		state := model.ReportState(got.State)
		out.ID, out.State, out.Version = &got.ID, &state, &got.Version
	}
	return out, err
}

// reportID is the internal id behind any of the three faces of a report.
func (r *Resolver) reportID(agency, id string) (int64, error) {
	return r.Gate.IDs.DecodeAs(agency, id, "ReportCase", "MandatoryReport", "MyReport")
}

// handling is the basis on which a post works on a report.
func handling(role string) []string {
	switch role {
	case "SUP":
		return []string{"own_township"}
	case "RP":
		return []string{"named_handler"}
	}
	return []string{"report_handler"}
}

// noteMove is a move that is told in words.
func (r *Resolver) noteMove(ctx context.Context, mutation string, in model.ReportNoteInput,
	do func(ctx context.Context, tx postgres.Tx, a report.Actor, s report.Step) (report.Done, error),
) (*model.ReportPayload, error) {
	return r.moveReport(ctx, disclosure.Change{Mutation: mutation, Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a report.Actor, id int64) (report.Done, error) {
			return do(ctx, tx, a, report.Step{Report: id, Version: in.Version, Note: in.Note})
		})
}

func (r *Resolver) supplementReport(ctx context.Context, in model.SupplementReportInput) (*model.ReportPayload, error) {
	return r.moveReport(ctx, disclosure.Change{Mutation: "supplementReport", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a report.Actor, id int64) (report.Done, error) {
			return report.Supplement(ctx, tx, a, report.Addition{Report: id, Narrative: in.Narrative, PoliceNo: given(in.PoliceNoticeNo)})
		})
}

func (r *Resolver) linkReport(ctx context.Context, in model.LinkReportInput) (*model.ReportPayload, error) {
	return r.moveReport(ctx, disclosure.Change{Mutation: "linkReport", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a report.Actor, id int64) (report.Done, error) {
			who, err := r.whom(ctx, in.Child, in.Token)
			if err != nil {
				return report.Done{}, err
			}
			return report.Link(ctx, tx, a, report.Step{Report: id, Version: in.Version},
				report.New{Child: who.child.ChildID, Kind: who.kind, Token: who.token})
		})
}

func (r *Resolver) acceptReport(ctx context.Context, in model.AcceptReportInput) (*model.ReportPayload, error) {
	return r.moveReport(ctx, disclosure.Change{Mutation: "acceptReport", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a report.Actor, id int64) (report.Done, error) {
			return report.Accept(ctx, tx, a, report.Acceptance{
				Step: report.Step{Report: id, Version: in.Version}, Suspected: in.GuardianSuspected,
				Shield: given(in.Shield), Second: given(in.SecondHandler),
			})
		})
}

func (r *Resolver) notifyPolice(ctx context.Context, in model.NotifyPoliceInput) (*model.ReportPayload, error) {
	return r.moveReport(ctx, disclosure.Change{Mutation: "notifyPolice", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a report.Actor, id int64) (report.Done, error) {
			return report.NotifyPolice(ctx, tx, a, report.Notice{Step: report.Step{Report: id, Version: in.Version}, Number: in.NoticeNo, Unit: in.Unit})
		})
}

func (r *Resolver) checkSafety(ctx context.Context, in model.CheckSafetyInput) (*model.ReportPayload, error) {
	return r.moveReport(ctx, disclosure.Change{Mutation: "checkSafety", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a report.Actor, id int64) (report.Done, error) {
			c := report.Check{Step: report.Step{Report: id, Version: in.Version, Note: in.Note}, Seen: in.ChildSeen}
			if p := in.Placement.Value(); p != nil {
				c.Ground, c.Kind, c.Location = string(p.Ground), string(p.Kind), p.Location
			}
			return report.CheckSafety(ctx, tx, a, c)
		})
}

func (r *Resolver) followUpReport(ctx context.Context, in model.FollowUpReportInput) (*model.ReportPayload, error) {
	return r.moveReport(ctx, disclosure.Change{Mutation: "followUpReport", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a report.Actor, id int64) (report.Done, error) {
			return report.Follow(ctx, tx, a, report.Look{Step: report.Step{Report: id, Version: in.Version, Note: in.Note}, Quiet: in.Quiet})
		})
}

func (r *Resolver) giveFeedback(ctx context.Context, in model.GiveFeedbackInput) (*model.ReportPayload, error) {
	return r.moveReport(ctx, disclosure.Change{Mutation: "giveFeedback", Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a report.Actor, id int64) (report.Done, error) {
			return report.Tell(ctx, tx, a, report.Told{Step: report.Step{Report: id, Version: in.Version}, Outcome: string(in.Outcome), Feedback: in.Feedback})
		})
}

func (r *Resolver) planReportDuty(ctx context.Context, in model.PlanReportDutyInput) (*model.PlanReportDutyPayload, error) {
	var nothing any
	made, err := r.change(ctx, disclosure.Change{Mutation: "planReportDuty", Key: in.Key, Input: in}, &nothing,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			from, err := momentAt("startsAt", in.StartsAt)
			if err != nil {
				return disclosure.Changed{}, err
			}
			until, err := momentAt("endsAt", in.EndsAt)
			if err != nil {
				return disclosure.Changed{}, err
			}
			return disclosure.Changed{Reason: in.Staff}, report.PlanDuty(ctx, tx, actor(d), report.Duty{Staff: in.Staff, From: from, Until: until})
		})
	return &model.PlanReportDutyPayload{Entry: made.Entry, UserErrors: made.UserErrors}, err
}
