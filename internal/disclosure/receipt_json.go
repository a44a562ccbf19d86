package disclosure

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// Response is a response of data that the generated executor wrote.
func (r *Receipt) Response(data []byte) []byte {
	return r.complete(append([]byte(dataMember), data...))
}

func (r *Receipt) complete(body []byte) []byte {
	body = append(body, `,"extensions":{"disclosure":`...)
	return append(r.Append(body), "}}"...)
}

// Append adds the receipt as encoding/json writes it, without its reflection.
func (r *Receipt) Append(b []byte) []byte {
	b = member(b, `{"entry":`, r.Entry)
	b = member(b, `,"sequence":`, r.Sequence)
	b = member(b, `,"at":`, r.At)
	b = member(b, `,"policyVersion":`, r.PolicyVersion)
	b = member(b, `,"purpose":`, r.Purpose)
	if r.Ticket != "" {
		b = member(b, `,"ticket":`, r.Ticket)
	}
	b = member(b, `,"role":`, r.Role)
	b = member(b, `,"legalBasis":`, r.LegalBasis)
	b = member(b, `,"outcome":`, r.Outcome)
	b = strconv.AppendInt(append(b, `,"children":`...), int64(r.Children), 10)
	b = shortfalls(append(b, `,"withheld":`...), r.Withheld)
	b = shortfalls(append(b, `,"masked":`...), r.Masked)
	for i, name := range r.Truncated {
		if i == 0 {
			b = append(b, `,"truncated":[`...)
		} else {
			b = append(b, ',')
		}
		b = quote(b, name)
	}
	if len(r.Truncated) > 0 {
		b = append(b, ']')
	}
	return append(b, '}')
}

func shortfalls(b []byte, list []Shortfall) []byte {
	if list == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range list {
		s := &list[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = member(b, `{"coordinate":`, s.Coordinate)
		if s.Form != "" {
			b = member(b, `,"form":`, s.Form)
		}
		b = member(b, `,"reason":`, s.Reason)
		b = strconv.AppendInt(append(b, `,"count":`...), int64(s.Count), 10)
		if s.Unlock != nil {
			b = member(b, `,"unlock":{"zh":`, s.Unlock.ZH)
			b = append(member(b, `,"en":`, s.Unlock.EN), '}')
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

func member(b []byte, name, value string) []byte { return quote(append(b, name...), value) }

// quote adds a JSON string as encoding/json does, which it asks where something
// has to be escaped.
func quote(b []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r >= 0x20 && r < utf8.RuneSelf && r != '"' && r != '\\' && r != '<' && r != '>' && r != '&' && r != 0x7f:
		case r >= utf8.RuneSelf && r != utf8.RuneError && r != '\u2028' && r != '\u2029':
		default:
			text, err := json.Marshal(s)
			if err != nil {
				return append(b, `""`...) // a string: cannot fail
			}
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
