package correction

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// Dispute is what somebody says of a value.
type Dispute struct {
	// Coordinate is what is wrong, and Place where it is stored.
	Coordinate string
	Place      disclosure.Place
	// Record is the row that holds the value.
	Record           int64
	Reason, Proposed string
}

// Result is what a move came to.
type Result struct {
	ID      int64
	State   string
	Version int
}

// Raise disputes a value where it is seen and hands it to the agency that is its
// source: a value that the caller is not shown cannot be disputed. Faults: Forbidden
// for a field that is not shown, BadRequest for one that no agency is the source of,
// Conflict while the same value is disputed already.
func Raise(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Dispute) (Result, error) {
	switch {
	case in.Place.Table == "":
		return Result{}, fault.At("coordinate", fault.New(fault.BadRequest, "没有这个数据字段；请写作“类型.字段”。", "There is no such data field; write Type.field."))
	case d.View.Cell(in.Coordinate).Form(d.Bases) == policy.Withheld:
		return Result{}, fault.At("coordinate", fault.New(fault.Forbidden, "当前岗位与用途看不到这个字段，不能对它提出校核。", "This post is not shown the field for this purpose, and cannot dispute it."))
	case !words(in.Reason, 4, 500):
		return Result{}, fault.At("reason", length(4, 500))
	case utf8.RuneCountInString(in.Proposed) > 500:
		return Result{}, fault.At("proposed", length(0, 500))
	}
	return in.forward(ctx, tx, d)
}

// forward writes a dispute down and hands it to the source agency.
func (in Dispute) forward(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (Result, error) {
	source, err := sourceOf(ctx, tx, in.Coordinate)
	if err != nil {
		return Result{}, fmt.Errorf("source of %s: %w", in.Coordinate, err)
	}
	if source == 0 {
		return Result{}, fault.At("coordinate", fault.New(fault.BadRequest,
			"这个字段由枢纽推算，或属于个案敏感信息：请对它所依据的字段提出校核，或向个案的办理人提出。", "The hub works this field out, or it belongs to a case: dispute the field that it rests on, or tell the handler of the case."))
	}
	id, err := insert(ctx, tx, d, in, source)
	if err != nil {
		return Result{}, fmt.Errorf("raise correction: %w", err)
	}
	if id == 0 {
		return Result{}, fault.At("coordinate", fault.New(fault.Conflict, "这个值已在校核中，请等待数源单位答复。", "This value is under correction already; its source agency is to answer."))
	}
	state, err := route(ctx, tx, unrouted{id: id, child: d.ChildID, agency: source}, d.Now)
	return Result{ID: id, State: state, Version: 1}, err
}

// Forward hands on what a guardian or the child disputes, of whom the desk knows that
// they may; whoever forwards it is not shown the value. A value that is disputed already
// is in the hands of its source, and that dispute is returned. Faults: BadRequest for a
// field that no agency is the source of.
func Forward(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Dispute) (int64, error) {
	open, err := disputed(ctx, tx, d.ChildID, in)
	if err != nil || open != 0 {
		return open, err
	}
	done, err := in.forward(ctx, tx, d)
	return done.ID, err
}

// route hands a correction to the steward of its source agency, with the work item
// that opens it; without a steward it waits.
func route(ctx context.Context, tx postgres.Tx, u unrouted, now time.Time) (string, error) {
	steward, err := Steward(ctx, tx, u.agency, now)
	if err != nil {
		return "", fmt.Errorf("steward: %w", err)
	}
	if steward == 0 {
		return Raised, nil
	}
	opened, err := ticket.Open(ctx, tx, ticket.New{
		Kind: "CORRECTION", Purpose: string(policy.DataQuality), Staff: steward, Child: u.child, Reason: "校核纠错", From: now,
	})
	if err != nil {
		return "", err
	}
	to, err := Machine().Next(Raised, "correction.route")
	if err != nil {
		return "", err
	}
	if err := setRouted(ctx, tx, u.id, to, steward, opened); err != nil {
		return "", fmt.Errorf("route correction: %w", err)
	}
	return to, task.Open(ctx, tx, task.New{
		Kind: toAnswer(), Child: u.child, Subject: table, SubjectID: u.id, Staff: steward, Ticket: opened, From: now,
	})
}

// table is what tasks of corrections are about.
const table = "correction_request"

// words reports whether a text has so many characters.
func words(text string, least, most int) bool {
	n := utf8.RuneCountInString(text)
	return n >= least && n <= most
}

func length(least, most int) error {
	return fault.New(fault.BadRequest, fmt.Sprintf("请写%d至%d个字符。", least, most), fmt.Sprintf("Write %d to %d characters.", least, most))
}
