package plaintext

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// longNumber finds what may be an identity or phone number, whatever it is written with.
var longNumber = regexp.MustCompile(`\d(?:[\s\-–—·.()]*\d){8,}`)

// Need demands a text of at most so many characters. Faults: BadRequest at the member.
func Need(member, text string, most int) error {
	if strings.TrimSpace(text) == "" {
		return fault.At(member, fault.New(fault.BadRequest, "请填写此项。", "Fill this in."))
	}
	return Allow(member, text, most)
}

// Allow refuses a text that is too long or holds a long number; none at all is fine.
// Faults: BadRequest at the member.
func Allow(member, text string, most int) error {
	if utf8.RuneCountInString(norm.NFKC.String(text)) <= most && !Numbered(text) {
		return nil
	}
	return fault.At(member, fault.New(fault.BadRequest,
		fmt.Sprintf("请用不超过%d字填写，不写证件或电话号码。", most),
		fmt.Sprintf("Write at most %d characters, without numbers of papers or phones.", most)))
}

// Numbered reports whether a text holds what may be an identity or phone number, in
// digits of whatever width.
func Numbered(text string) bool { return longNumber.MatchString(norm.NFKC.String(text)) }

// Words reports whether a text has so many characters and something in them: blanks
// count against the most, and not for the least.
func Words(text string, least, most int) bool {
	return utf8.RuneCountInString(text) <= most && utf8.RuneCountInString(strings.Join(strings.Fields(text), "")) >= least
}

// Length is the fault of a text that is no Words.
func Length(least, most int) error {
	return fault.New(fault.BadRequest,
		fmt.Sprintf("请写%d到%d字。", least, most), fmt.Sprintf("Write %d to %d characters.", least, most))
}
