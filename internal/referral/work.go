package referral

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Screen notes the level that was found, which is no diagnosis. Education keeps it in
// the child's file where its own psychologist found it. Faults: those of move.
func Screen(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, level string) (disclosure.Changed, error) {
	return move(ctx, tx, d, "screenReferral", version, func(f *file) error {
		f.level, f.screenedOn, f.urgent = level, f.today, level == third
		if educates(d) {
			f.crisis = f.urgent
			if err := f.keepLevel(ctx, tx); err != nil {
				return fmt.Errorf("level: %w", err)
			}
		}
		if f.danger() {
			return f.guard(ctx, tx, d)
		}
		return f.cardsDone(ctx, tx)
	})
}

// Plan is who does what.
type Plan struct {
	Measures []string
	// Counsellor is a staff code, "" for none; Note tells in words, "" for nothing.
	Counsellor, Note string
}

// Decide plans by the level: the school at the first, a counsellor at the second, the
// clinic at the third. Faults: those of move; BadRequest; Conflict at level 0, which is
// closed.
func Decide(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Plan) (disclosure.Changed, error) {
	if n := len(in.Measures); n < 1 || n > 6 {
		return disclosure.Changed{}, fault.At("measures", fault.New(fault.BadRequest, "请选1到6项措施。", "Choose 1 to 6 measures."))
	}
	if err := plain("note", in.Note, 0, 200); err != nil {
		return disclosure.Changed{}, err
	}
	return move(ctx, tx, d, "planReferral", version, func(f *file) error {
		switch {
		case f.level == none:
			return conflict("id", "评估为一般，请结案。", "Level 0 needs no plan; close it.")
		case f.level == "LEVEL_2" && in.Counsellor == "":
			return fault.At("counsellor", fault.New(fault.BadRequest, "二级须指定辅导人员。", "Level 2 needs a counsellor."))
		}
		f.measures, f.planNote, f.plannedOn = in.Measures, in.Note, f.today
		if in.Counsellor == "" {
			return nil
		}
		return f.entrustTo(ctx, tx, d, in.Counsellor)
	})
}

// Assign gives the referral to a counsellor, with what there is to do. Faults: those of
// move; NotFound for the counsellor.
func Assign(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, counsellor string) (disclosure.Changed, error) {
	return move(ctx, tx, d, "assignReferral", version, func(f *file) error {
		return f.entrustTo(ctx, tx, d, counsellor)
	})
}

// entrustTo hands the file over: the work item of the former counsellor closes, what is
// to be done is the new one's.
func (f *file) entrustTo(ctx context.Context, tx postgres.Tx, d disclosure.Decided, code string) error {
	who, err := counsellor(ctx, tx, f, d, code)
	if err != nil {
		return fmt.Errorf("counsellor: %w", err)
	}
	if who == 0 {
		return fault.At("counsellor", fault.New(fault.NotFound,
			"没有这名辅导人员：须为本校心理教师，或合同含心理支持的在约社工。", "There is no such counsellor: a psychologist of the school, or a social worker under contract for it."))
	}
	if who == f.assignee {
		return nil
	}
	f.assignee = who
	item, err := f.ticket(ctx, tx, d, who)
	if err != nil {
		return err
	}
	if err := handOver(ctx, tx, f, item, d.Now); err != nil {
		return fmt.Errorf("hand over: %w", err)
	}
	return nil
}

// Refer refers to the clinic of the child's township; the third level goes escorted.
// Faults: those of move; BadRequest; Conflict at level 1, and where no doctor is in post.
func Refer(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, escort string) (disclosure.Changed, error) {
	return move(ctx, tx, d, "referToClinic", version, func(f *file) error {
		switch {
		case f.level == first:
			return conflict("id", "一级由学校跟进，不转介就医。", "Level 1 stays with the school.")
		case f.level == third && escort == "":
			return fault.At("escort", fault.New(fault.BadRequest, "三级须有人陪同就医。", "At level 3 somebody goes along."))
		}
		doctor, err := f.doctor(ctx, tx, d)
		if err != nil {
			return fmt.Errorf("doctor: %w", err)
		}
		if doctor == 0 {
			return conflict("id", "本镇街卫生院没有在岗医生，请电话联系区卫健局。", "No doctor of the township's clinic is in post; call the health bureau.")
		}
		f.referredOn, f.escort = f.today, escort
		return f.give(ctx, tx, d, toAdvise(), doctor)
	})
}

// Advice is what the clinic says for school.
type Advice struct{ SeenOn, Code string }

// advised is what the teacher is asked to do, without the reason.
var advised = [...]struct{ code, text string }{
	{"AT_SCHOOL", "可正常在校，请多加关心"},
	{"ACCOMPANIED", "在校期间请安排人员陪同"},
	{"PAUSE", "暂不返校，请与家长保持联系"},
	{"FOLLOW_UP", "请多加关心，配合定期随访"},
}

// Advise notes when the clinic saw the child and what it advises for school. Faults:
// those of move; BadRequest.
func Advise(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Advice) (disclosure.Changed, error) {
	return move(ctx, tx, d, "giveAdvice", version, func(f *file) error {
		if err := past("firstSeenOn", in.SeenOn, f.today); err != nil {
			return err
		}
		if f.referredOn != "" && in.SeenOn < f.referredOn {
			return fault.At("firstSeenOn", fault.New(fault.BadRequest, "不能早于转介日期。", "It cannot come before the referral."))
		}
		if err := f.advise(ctx, tx, in); err != nil {
			return err
		}
		if err := f.comeUp(ctx, tx); err != nil {
			return err
		}
		for _, a := range advised {
			if a.code == in.Code {
				return f.card(ctx, tx, d, policy.HT, a.text)
			}
		}
		return nil
	})
}
