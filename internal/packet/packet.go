package packet

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"time"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Kind is what a packet is for.
type Kind string

// The kinds. A receipt is the answer to the other two and is answered by nothing.
const (
	// TransferKind hands a child over.
	TransferKind Kind = "TRANSFER"
	// AnswerKind says what the receiving place decided.
	AnswerKind Kind = "ANSWER"
	// ReceiptKind says that a packet is kept and what its content was.
	ReceiptKind Kind = "RECEIPT"
)

// How a child moves to another county.
const (
	// WithParents ends being left behind; the child is a migrant child there.
	WithParents = "WITH_PARENTS"
	// StillLeftBehind leaves the lead with the sender; the other place visits.
	StillLeftBehind = "STILL_LEFT_BEHIND"
)

// What a receiving place decides.
const (
	Accepted = "ACCEPTED"
	Refused  = "REFUSED"
)

const (
	// MaxSealed is the largest packet that is looked at, in bytes as it is sent.
	MaxSealed = 64 << 10
	// maxText bounds one text, maxList one list of a packet.
	maxText, maxList = 200, 50
	// maxLife is the longest time from issue to expiry.
	maxLife = 400 * 24 * time.Hour
	// skew is how far the clocks of two hubs may differ.
	skew = 5 * time.Minute
)

// Packet is one message. Its JSON is the same for the same content: members stand in the
// order of the fields, times are whole seconds.
type Packet struct {
	ID      string    `json:"id"`
	From    string    `json:"from"`
	To      string    `json:"to"`
	Kind    Kind      `json:"kind"`
	Issued  int64     `json:"issued"`
	Expires int64     `json:"expires"`
	Move    *Transfer `json:"transfer,omitempty"`
	Answer  *Answer   `json:"answer,omitempty"`
	Receipt *Receipt  `json:"receipt,omitempty"`
}

// Transfer is the minimum that the receiving place needs. Nothing in it is highly
// sensitive: what is, the contact tells by telephone.
type Transfer struct {
	Mode       string      `json:"mode"`
	FromArea   string      `json:"fromArea"`
	ToArea     string      `json:"toArea"`
	Child      Identity    `json:"child"`
	Caregivers []Caregiver `json:"caregivers"`
	Open       []Work      `json:"open"`
	Agency     string      `json:"agency"`
	Contact    Contact     `json:"contact"`
}

// Identity is who the child is.
type Identity struct {
	Name      string `json:"name"`
	Sex       string `json:"sex"`
	BirthDate string `json:"birthDate"`
}

// Caregiver is who cares for the child.
type Caregiver struct {
	Name     string `json:"name"`
	Relation string `json:"relation"`
	Phone    string `json:"phone"`
}

// Work is one thing that is to be done: its kind and until when, never why.
type Work struct {
	Kind string `json:"kind"`
	Due  string `json:"due"`
}

// Contact is a post and its office's telephone.
type Contact struct {
	Post  string `json:"post"`
	Phone string `json:"phone"`
}

// Answer says of a transfer, by the id of its packet, what was decided and why.
type Answer struct {
	Transfer string `json:"transfer"`
	Decision string `json:"decision"`
	Reason   string `json:"reason"`
}

// Receipt names a packet and the SHA-256 of its content.
type Receipt struct {
	Packet string `json:"packet"`
	Digest []byte `json:"digest"`
}

// Bytes are the content that is signed.
func (p Packet) Bytes() ([]byte, error) { return json.Marshal(p) }

// Digest is the SHA-256 of the content.
func (p Packet) Digest() ([]byte, error) {
	content, err := p.Bytes()
	sum := sha256.Sum256(content)
	return sum[:], err
}

var errShape = errors.New("no packet of this version")

// Parse reads a content: known members once and alone, in our own form byte for byte, so
// that one content has one digest.
func Parse(content []byte) (Packet, error) {
	var p Packet
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return Packet{}, errShape // what the decoder says quotes the content
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) || !p.shaped() {
		return Packet{}, errShape
	}
	again, err := p.Bytes()
	if err != nil || !bytes.Equal(again, content) {
		return Packet{}, errShape
	}
	return p, nil
}

// shaped says whether a packet holds what its kind needs, and no more.
func (p *Packet) shaped() bool {
	if !fits(p.ID, p.From, p.To) || p.ID == "" || p.Expires <= p.Issued || p.Issued < 0 {
		return false
	}
	switch p.Kind {
	case TransferKind:
		return p.Move != nil && p.Answer == nil && p.Receipt == nil && p.Move.shaped()
	case AnswerKind:
		return p.Move == nil && p.Answer != nil && p.Receipt == nil && fits(p.Answer.Transfer, p.Answer.Reason) &&
			(p.Answer.Decision == Accepted && p.Answer.Reason == "" || p.Answer.Decision == Refused && p.Answer.Reason != "")
	case ReceiptKind:
		return p.Move == nil && p.Answer == nil && p.Receipt != nil && fits(p.Receipt.Packet) && len(p.Receipt.Digest) == sha256.Size
	default:
		return false
	}
}

func (t *Transfer) shaped() bool {
	_, err := time.Parse(time.DateOnly, t.Child.BirthDate)
	ok := err == nil && (t.Mode == WithParents || t.Mode == StillLeftBehind) && len(t.Caregivers) <= maxList && len(t.Open) <= maxList &&
		t.Child.Name != "" && (t.Child.Sex == "MALE" || t.Child.Sex == "FEMALE") &&
		fits(t.FromArea, t.ToArea, t.Child.Name, t.Agency, t.Contact.Post, t.Contact.Phone)
	for _, c := range t.Caregivers {
		ok = ok && fits(c.Name, c.Relation, c.Phone)
	}
	for _, w := range t.Open {
		ok = ok && fits(w.Kind, w.Due)
	}
	return ok
}

// fits says whether texts are short and free of what no text holds.
func fits(texts ...string) bool {
	for _, s := range texts {
		if utf8.RuneCountInString(s) > maxText || !utf8.ValidString(s) || bytes.ContainsFunc([]byte(s), func(r rune) bool { return r < ' ' }) {
			return false
		}
	}
	return true
}

// meant checks that a packet is for this hub, from who signed it, and in time.
func (p *Packet) meant(from, to string, now time.Time) error {
	switch issued, expires := time.Unix(p.Issued, 0), time.Unix(p.Expires, 0); {
	case p.From != from || p.To != to:
		return fault.New(fault.Forbidden, "此包不是发给本枢纽的。", "This packet is not addressed to this hub.")
	case issued.After(now.Add(skew)) || expires.Sub(issued) > maxLife:
		return fault.New(fault.Forbidden, "此包的时间不可信。", "The times of this packet cannot be.")
	case !expires.After(now):
		return fault.New(fault.Forbidden, "此包已过期。", "This packet has expired.")
	}
	return nil
}
