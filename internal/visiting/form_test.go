package visiting

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

// now is a Monday morning in November.
func now() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, chinatime.Zone()) }

// text is a pointer to some text.
func text(s string) *string { return &s }

// attached are agreements by these references.
func attached(references ...string) []Attachment {
	var out []Attachment
	for _, r := range references {
		out = append(out, Attachment{Kind: "CARE_AGREEMENT", Reference: r})
	}
	return out
}

func TestForm_check(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		form   Form
		member string
	}{
		"nothing to report":   {Form{Mode: "HOME", VisitedOn: "2026-11-23", ChildSeen: true}, ""},
		"200 characters":      {Form{Mode: "HOME", VisitedOn: "2026-11-23", LivingText: text(strings.Repeat("好", 200))}, ""},
		"201 characters":      {Form{Mode: "HOME", VisitedOn: "2026-11-23", FamilyText: text(strings.Repeat("好", 201))}, "familyText"},
		"a phone number":      {Form{Mode: "HOME", VisitedOn: "2026-11-23", GuardianView: text("电话 000-0000-0000")}, "guardianView"},
		"wide digits":         {Form{Mode: "HOME", VisitedOn: "2026-11-23", ChildView: text("００００００００００")}, "childView"},
		"tomorrow":            {Form{Mode: "HOME", VisitedOn: "2026-11-24"}, "visitedOn"},
		"no date":             {Form{Mode: "HOME", VisitedOn: "yesterday"}, "visitedOn"},
		"contact in future":   {Form{Mode: "HOME", VisitedOn: "2026-11-23", LastParentContactOn: text("2027-01-01")}, "lastParentContactOn"},
		"informed in future":  {Form{Mode: "HOME", VisitedOn: "2026-11-23", GuardianInformedOn: text("2027-01-01")}, "guardianInformedOn"},
		"two attachments":     {Form{Mode: "HOME", VisitedOn: "2026-11-23", Attachments: attached("档-2026-1", "档-2026-2")}, ""},
		"one twice":           {Form{Mode: "HOME", VisitedOn: "2026-11-23", Attachments: attached("档-2026-1", "档-2026-1")}, "attachments"},
		"no reference":        {Form{Mode: "HOME", VisitedOn: "2026-11-23", Attachments: attached(" ")}, "attachments"},
		"a long reference":    {Form{Mode: "HOME", VisitedOn: "2026-11-23", Attachments: attached(strings.Repeat("档", 61))}, "attachments"},
		"a number of papers":  {Form{Mode: "HOME", VisitedOn: "2026-11-23", Attachments: attached("000000000000000000")}, "attachments"},
		"eleven attachments":  {Form{Mode: "HOME", VisitedOn: "2026-11-23", Attachments: attached(strings.Split("a b c d e f g h i j k", " ")...)}, "attachments"},
		"seen over the phone": {Form{Mode: "PHONE", VisitedOn: "2026-11-23", ChildSeen: true}, "childSeen"},
	} {
		err := c.form.check(now())
		if c.member == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if fault.CodeOf(err) != fault.BadRequest || fault.Public(err).Member != c.member {
			t.Errorf("%s: %v at %q", name, err, fault.Public(err).Member)
		}
	}
}

func TestTopicsDue(t *testing.T) {
	t.Parallel()
	want := [13]string{1: "CARE_AGREEMENT", 2: "CARE_AGREEMENT", 6: "DROWNING", 7: "DROWNING", 8: "DROWNING"}
	for m := time.January; m <= time.December; m++ {
		if got := strings.Join(topicsDue(m), ","); got != want[m] {
			t.Errorf("%s: %q, want %q", m, got, want[m])
		}
	}
}

func TestStanding_checkCompany(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		s    standing
		fine bool
	}{
		"green alone":         {standing{Visitor: 1, Kind: "FOCUS_VISIT", Risk: "GREEN", Mode: "HOME"}, true},
		"red focus alone":     {standing{Visitor: 1, Kind: "FOCUS_VISIT", Risk: "RED", Mode: "HOME"}, false},
		"red focus, two":      {standing{Visitor: 1, Second: 2, Kind: "FOCUS_VISIT", Risk: "RED", Mode: "HOME"}, true},
		"red call alone":      {standing{Visitor: 1, Kind: "GENERAL_ROUND", Risk: "RED", Mode: "PHONE"}, true},
		"kin alone":           {standing{Visitor: 1, Kind: "GENERAL_ROUND", Risk: "GREEN", Mode: "HOME", Kin: true}, false},
		"kin with themselves": {standing{Visitor: 1, Second: 1, Kind: "GENERAL_ROUND", Risk: "GREEN", Mode: "HOME", Kin: true}, false},
		"kin, two":            {standing{Visitor: 1, Second: 2, Kind: "GENERAL_ROUND", Risk: "GREEN", Mode: "HOME", Kin: true}, true},
	} {
		if err := c.s.checkCompany(); (err == nil) != c.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStanding_checkComplete(t *testing.T) {
	t.Parallel()
	whole := func() standing {
		return standing{
			Mode: "HOME", Seen: true, Visited: time.Date(2026, 7, 1, 0, 0, 0, 0, chinatime.Zone()), Topics: []string{"DROWNING"},
			Informant: true, Living: true, Family: true, Guardianship: true, Mental: true,
		}
	}
	if err := whole().checkComplete(); err != nil {
		t.Error(err)
	}
	for member, spoil := range map[string]func(*standing){
		"topics":            func(s *standing) { s.Topics = nil },
		"childSeen":         func(s *standing) { s.Seen = false },
		"informantRelation": func(s *standing) { s.Informant = false },
		"livingRating":      func(s *standing) { s.Living = false },
		"familyRating":      func(s *standing) { s.Family = false },
		"mentalRating":      func(s *standing) { s.Mental = false },
	} {
		s := whole()
		spoil(&s)
		if err := s.checkComplete(); fault.Public(err).Member != member {
			t.Errorf("without %s: %v", member, err)
		}
	}
}

// FuzzFine holds what may stand in a record to its two promises.
func FuzzFine(f *testing.F) {
	for _, seed := range []string{"", "三餐规律。", "０００００００００", "1-2-3-4-5-6-7-8-9", strings.Repeat("好", 201)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		digits := 0
		for _, r := range s {
			if r >= '0' && r <= '9' {
				digits++
			} else {
				digits = 0
			}
			if digits == 9 && fine(s) {
				t.Errorf("%q holds a long number", s)
			}
		}
		if fine(s) && utf8.RuneCountInString(s) > 4*maxText {
			t.Errorf("a text of %d characters is kept", utf8.RuneCountInString(s))
		}
	})
}
