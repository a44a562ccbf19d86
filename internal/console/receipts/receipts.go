package receipts

import "strings"

// Most is how many receipts the hub takes at a time.
const Most = 2000

// Receipt is the id of an entry with the line that it stands on.
type Receipt struct {
	Line  int
	Entry string
}

// Fault is a line that is no receipt, as it stands there.
type Fault struct {
	Line int
	Text string
}

// List is what was handed in, line by line.
type List struct {
	Receipts []Receipt
	// Twice are receipts that stand on a line before.
	Twice []Receipt
	// Wrong are lines that hold no receipt.
	Wrong []Fault
	// Lines are all lines that are not empty; Head says that the first names the columns.
	Lines int
	Head  bool
}

// shown is how much of a wrong line is kept.
const shown = 60

// Read reads lines of which the first column is the id of an entry: a spreadsheet's, or
// one id a line. What one partner calls its columns is no fault of the list.
func Read(text string) List {
	var l List
	seen := map[string]bool{}
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		number++
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		l.Lines++
		entry := first(line)
		switch {
		case isEntry(entry) && seen[entry]:
			l.Twice = append(l.Twice, Receipt{number, entry})
		case isEntry(entry):
			seen[entry] = true
			l.Receipts = append(l.Receipts, Receipt{number, entry})
		case l.Lines == 1 && isHead(entry):
			l.Head = true
		default:
			l.Wrong = append(l.Wrong, Fault{number, short(line)})
		}
	}
	return l
}

// first is the first column of a line, without quotes.
func first(line string) string {
	if i := strings.IndexAny(line, ",;\t"); i >= 0 {
		line = line[:i]
	}
	return strings.ToLower(strings.Trim(strings.TrimSpace(line), `"`))
}

// entryLength is that of an entry's id: 16 bytes in hexadecimal.
const entryLength = 32

func isEntry(text string) bool {
	return len(text) == entryLength && strings.Trim(text, "0123456789abcdef") == ""
}

// isHead: a first line of letters names the columns.
func isHead(text string) bool { return text != "" && !strings.ContainsAny(text, "0123456789") }

func short(line string) string {
	runes := []rune(strings.ToValidUTF8(line, "\ufffd"))
	if len(runes) > shown {
		return string(runes[:shown]) + "…"
	}
	return string(runes)
}

// Entries are the ids, in the order of their lines.
func (l List) Entries() []string {
	out := make([]string, 0, len(l.Receipts))
	for _, r := range l.Receipts {
		out = append(out, r.Entry)
	}
	return out
}

// Among are the receipts of the list with these ids.
func (l List) Among(entries []string) []Receipt {
	wanted := map[string]bool{}
	for _, e := range entries {
		wanted[e] = true
	}
	var out []Receipt
	for _, r := range l.Receipts {
		if wanted[r.Entry] {
			out = append(out, r)
		}
	}
	return out
}
