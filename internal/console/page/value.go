package page

import "github.com/tongxin-hub/tongxin/internal/console/words"

// Text is what there is of a text that may be missing.
func Text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Yes is false for what is unknown.
func Yes(b *bool) bool { return b != nil && *b }

// Next is the cursor of the next page, empty on the last one.
func Next(more bool, end *string) string {
	if more {
		return Text(end)
	}
	return ""
}

// Cursor is one that was sent, nil for none.
func Cursor(sent string) *string {
	if sent == "" {
		return nil
	}
	return &sent
}

// Pick takes the text of a language.
func Pick(lang, zh, en string) string {
	if lang == words.EN {
		return en
	}
	return zh
}

// Number is what there is of a number.
func Number(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}
