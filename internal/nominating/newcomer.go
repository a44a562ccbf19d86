package nominating

import (
	"context"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/registering"
)

// area is a code of a village.
var area = regexp.MustCompile(`^\d{12}$`)

// Newcomer is a child as its nominator describes it, who cannot know whether the hub has
// a file.
type Newcomer struct {
	Name      string  `json:"name"`
	Sex       string  `json:"sex"`
	BirthDate *string `json:"birthDate"`
	Age       *int    `json:"age"`
	Village   string  `json:"village"`
	Source    string  `json:"source"`
	Token     *struct {
		Kind  string `json:"kind"`
		Token string `json:"token"`
	} `json:"token"`
	WithoutNumber *bool `json:"withoutNumber"`
}

// newcomer is one whose description holds together.
type newcomer struct {
	Newcomer

	birth     string
	estimated bool
	village   int64
	kind      string
	token     []byte
}

// Nominate names a child of whom nobody says whether there is a file. By its number
// a known child is found: if the facts agree the file that there is is nominated, if not
// a provisional one with a proposal to merge that a supervisor decides. Without a number
// the director is asked to help with it. The answer is always the same. Faults:
// BadRequest.
func Nominate(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Newcomer) (disclosure.Changed, error) {
	n, err := in.check(chinatime.Day(d.Now))
	if err != nil {
		return disclosure.Changed{}, err
	}
	if n.village, err = enter(ctx, tx, n.Village); err != nil {
		return disclosure.Changed{}, err
	}
	k, err := n.find(ctx, tx, d)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("find: %w", err)
	}
	if !k.same {
		if d.ChildID, err = n.provisional(ctx, tx, d, k); err != nil {
			return disclosure.Changed{}, fmt.Errorf("provisional file: %w", err)
		}
	} else {
		d.ChildID = k.child
	}
	done, err := registering.Nominate(ctx, tx, d, registering.Nomination{Source: &in.Source})
	if err != nil {
		return done, err
	}
	// One child in every case: the receipt tells no more than the answer.
	done.Disclosures = []audit.Disclosure{{ChildID: d.ChildID}}
	if n.token != nil {
		return done, nil
	}
	return done, registering.Ask(ctx, tx, d, registering.ToSettle(), "DIR")
}

// provisional opens a file for the nominated child, and proposes to merge it where it
// may be a second one.
func (n newcomer) provisional(ctx context.Context, tx postgres.Tx, d disclosure.Decided, k known) (int64, error) {
	child, err := n.open(ctx, tx, d)
	if err != nil {
		return 0, err
	}
	if k.ground != sameNumber && n.token != nil {
		if err := n.remember(ctx, tx, d, child); err != nil {
			return 0, err
		}
	}
	if k.child == 0 {
		return child, nil
	}
	return child, propose(ctx, tx, d, child, k)
}

// sameNumber is the ground of a proposal about a number that is another child's.
const sameNumber = "SAME_NUMBER"

// check refuses descriptions that do not hold together.
func (in Newcomer) check(today string) (newcomer, error) {
	n := newcomer{Newcomer: in}
	n.Name = strings.TrimSpace(in.Name)
	if l := utf8.RuneCountInString(n.Name); l < 1 || l > 50 || strings.ContainsFunc(n.Name, func(r rune) bool { return unicode.IsDigit(r) || unicode.IsControl(r) }) {
		return n, fault.At("name", fault.New(fault.BadRequest, "请填写1到50字的姓名，不写号码。", "Give a name of 1 to 50 characters, without numbers."))
	}
	if !area.MatchString(in.Village) {
		return n, noVillage()
	}
	without := in.WithoutNumber != nil && *in.WithoutNumber
	if without == (in.Token != nil) {
		return n, fault.At("token", fault.New(fault.BadRequest, "请发送关联令牌，或说明没有证件号码，二者择一。", "Send a join token, or say that there is no number: one of the two."))
	}
	if in.Token != nil {
		var err error
		if n.token, err = hex.DecodeString(in.Token.Token); err != nil || len(n.token) != 32 {
			return n, fault.At("token", fault.New(fault.BadRequest, "请发送64位十六进制的令牌，不要发送号码本身。", "Send the token, 64 hex digits, and never the number itself."))
		}
		n.kind = in.Token.Kind
	}
	return n, n.born(today)
}

// minor is the age from which nobody is a child.
const minor = 18

// born works out the date of birth, from an age the middle of the year that fits it.
func (n *newcomer) born(date string) error {
	today, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return err
	}
	switch {
	case (n.BirthDate == nil) == (n.Age == nil):
		return fault.At("birthDate", fault.New(fault.BadRequest, "请填写出生日期或年龄，二者择一。", "Give the date of birth or an age: one of the two."))
	case n.Age != nil && (*n.Age < 0 || *n.Age >= minor):
		return fault.At("age", fault.New(fault.BadRequest, "年龄须为0至17周岁。", "The age is 0 to 17."))
	case n.Age != nil:
		n.birth, n.estimated = today.AddDate(-*n.Age, -6, 0).Format(time.DateOnly), true
		return nil
	}
	n.birth = *n.BirthDate
	if born, err := time.Parse(time.DateOnly, n.birth); err != nil || born.After(today) || !born.AddDate(minor, 0, 0).After(today) {
		return fault.At("birthDate", fault.New(fault.BadRequest, "请填写不晚于今天、未满18周岁的出生日期（YYYY-MM-DD）。", "Give the date of birth (YYYY-MM-DD) of somebody under 18, not after today."))
	}
	return nil
}

func noVillage() error {
	return fault.At("village", fault.New(fault.BadRequest, "请填写本区12位村（社区）代码。", "Give the 12-digit code of a village of the district."))
}
