package demo

import (
	"fmt"
	"time"
)

// The prefixes that make an identifier impossible: no area code begins with 99,
// no mobile range with 100, no school code with 99, no card number with 0000.
const (
	areaPrefix    = "990117"
	phonePrefix   = "100"
	schoolPrefix  = "99"
	accountPrefix = "0000"
)

// numbering gives out identity numbers, each once for its day and sex.
type numbering struct {
	used map[sequenceKey]int
}

type sequenceKey struct {
	day  int64
	male bool
}

// citizenID makes an impossible number with a valid check digit, so that
// validators run. Digit 17 is odd for males.
func (n *numbering) citizenID(birth time.Time, isMale bool) string {
	key := sequenceKey{birth.Unix() / 86400, isMale}
	sequence := n.used[key] * 2 % 1000
	n.used[key]++
	if isMale {
		sequence++
	}
	return withCheckDigit(fmt.Sprintf("%s%s%03d", areaPrefix, birth.Format("20060102"), sequence))
}

// withCheckDigit appends the check digit of GB 11643.
func withCheckDigit(body string) string {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(body[i]-'0') * w
	}
	return body + string("10X98765432"[sum%11])
}

// phone is a number in a range that no network uses.
func (s stream) phone() string { return fmt.Sprintf("%s%08d", phonePrefix, s.IntN(100_000_000)) }

// account is a bank account that no bank has.
func (s stream) account() string {
	return fmt.Sprintf("%s%015d", accountPrefix, s.Int64N(1_000_000_000_000_000))
}
