package visiting

import (
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
)

// Form is the short form of a visit, named as in the schema. What is null stays open.
type Form struct {
	Version             int      `json:"version"`
	Mode                string   `json:"mode"`
	VisitedOn           string   `json:"visitedOn"`
	PlaceKind           *string  `json:"placeKind"`
	SecondVisitor       *string  `json:"secondVisitor"`
	InformantRelation   *string  `json:"informantRelation"`
	InformantName       *string  `json:"informantName"`
	ChildSeen           bool     `json:"childSeen"`
	ChildSpokenAlone    *bool    `json:"childSpokenAlone"`
	LastParentContactOn *string  `json:"lastParentContactOn"`
	LivingRating        *string  `json:"livingRating"`
	FamilyRating        *string  `json:"familyRating"`
	GuardianshipRating  *string  `json:"guardianshipRating"`
	MentalRating        *string  `json:"mentalRating"`
	HealthRating        *string  `json:"healthRating"`
	LivingText          *string  `json:"livingText"`
	FamilyText          *string  `json:"familyText"`
	GuardianshipText    *string  `json:"guardianshipText"`
	MentalText          *string  `json:"mentalText"`
	Concerns            []string `json:"concerns"`
	ChildView           *string  `json:"childView"`
	GuardianView        *string  `json:"guardianView"`
	Recommendations     []string `json:"recommendations"`
	AddToFocus          *bool    `json:"addToFocus"`
	Topics              []string `json:"topics"`
	LivingAlone         *bool    `json:"livingAlone"`
	SuggestedRisk       *string  `json:"suggestedRisk"`
	GuardianInformedOn  *string  `json:"guardianInformedOn"`
	// Attachments are nil where those of the draft stay.
	Attachments []Attachment `json:"attachments"`
}

// Attachment is a scan in the township's records, by its reference: the file itself is
// nowhere in the hub.
type Attachment struct {
	Kind      string `json:"kind"`
	Reference string `json:"reference"`
}

// What a visit may carry, and how long a reference is.
const (
	maxAttachments = 10
	maxReference   = 60
)

// maxText is the length of a text in the national form.
const maxText = 200

// fine reports whether a text may stand in a record: at most 200 characters, and no
// number that could name somebody.
func fine(text string) bool {
	return plaintext.Allow("", text, maxText) == nil
}

// check refuses what cannot be kept, by the member that is to be mended.
func (f Form) check(now time.Time) error {
	for _, t := range []struct {
		member string
		text   *string
	}{
		{"livingText", f.LivingText},
		{"familyText", f.FamilyText},
		{"guardianshipText", f.GuardianshipText},
		{"mentalText", f.MentalText},
		{"childView", f.ChildView},
		{"guardianView", f.GuardianView},
		{"informantName", f.InformantName},
	} {
		if t.text != nil && !fine(*t.text) {
			return fault.At(t.member, fault.New(fault.BadRequest,
				"请用不超过200字填写，不写证件或电话号码。", "Write at most 200 characters, without numbers of papers or phones."))
		}
	}
	for _, day := range []struct {
		member string
		day    *string
	}{{"visitedOn", &f.VisitedOn}, {"lastParentContactOn", f.LastParentContactOn}, {"guardianInformedOn", f.GuardianInformedOn}} {
		if day.day == nil {
			continue
		}
		if err := past(day.member, *day.day, now); err != nil {
			return err
		}
	}
	if f.Mode == "PHONE" && f.ChildSeen {
		return fault.At("childSeen", fault.New(fault.BadRequest, "电话走访不能“见到儿童”。", "Nobody is seen over the phone."))
	}
	return f.checkAttachments()
}

// checkAttachments refuses too many, the same one twice, and what names somebody.
func (f Form) checkAttachments() error {
	if len(f.Attachments) > maxAttachments {
		return fault.At("attachments", fault.New(fault.BadRequest, "一次走访最多登记10份佐证材料。", "A visit has ten attachments at most."))
	}
	seen := map[string]bool{}
	for _, a := range f.Attachments {
		if err := plaintext.Need("attachments", a.Reference, maxReference); err != nil {
			return err
		}
		if seen[a.Reference] {
			return fault.At("attachments", fault.New(fault.BadRequest, "同一档案号登记了两次。", "One reference is named twice."))
		}
		seen[a.Reference] = true
	}
	return nil
}

// past demands a calendar day that is not in the future.
func past(member, text string, now time.Time) error {
	day, err := time.ParseInLocation(time.DateOnly, text, chinatime.Zone())
	if err == nil && !day.After(now) {
		return nil
	}
	return fault.At(member, fault.New(fault.BadRequest,
		"请填写不晚于今天的日期（YYYY-MM-DD）。", "Give a date (YYYY-MM-DD) that is not after today."))
}
