package policy

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
)

// TicketRule says which work item a purpose hangs on.
type TicketRule struct {
	// Kind of the work item; empty when the purpose needs none.
	Kind string
	// Required: without an open ticket of the caller nothing is answered.
	// Otherwise the ticket's bases alone open the details.
	Required bool
	// Opens: the first operation for this purpose creates the ticket.
	Opens bool
}

// Life says how long a purpose stays good.
type Life struct {
	// Anchor is when the time starts: "standing" and "term" have no clock of
	// their own, "opened" counts from the ticket's opening, "closed" from its
	// closing.
	Anchor string
	// After is the time after the anchor.
	After time.Duration
	// Limit is the longest After that may be granted; zero when fixed.
	Limit time.Duration
}

// PurposeInfo is one line of purposes.csv.
type PurposeInfo struct {
	Code    Purpose
	Name    Text
	Statute string
	Roles   []Role
	Ticket  TicketRule
	Life    Life
}

func readPurposes(fsys fs.FS) ([]PurposeInfo, error) {
	records, err := readRecords(fsys, purposesFile, 10)
	if err != nil {
		return nil, err
	}
	out := make([]PurposeInfo, 0, len(records))
	for _, r := range records {
		p, err := parsePurpose(r)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func parsePurpose(r record) (PurposeInfo, error) {
	f := r.fields
	p := PurposeInfo{
		Code: Purpose(f[0]), Name: Text{f[1], f[2]}, Statute: f[3],
		Ticket: TicketRule{Kind: f[5], Required: f[6] == "required", Opens: f[6] == "opens"},
		Life:   Life{Anchor: f[7]},
	}
	for role := range strings.FieldsSeq(f[4]) {
		p.Roles = append(p.Roles, Role(role))
	}
	if p.Name.ZH == "" || p.Name.EN == "" || p.Statute == "" || len(p.Roles) == 0 {
		return PurposeInfo{}, r.fault("purpose %s lacks a name, statute or role", p.Code)
	}
	if !slices.Contains([]string{"none", "detail", "opens", "required"}, f[6]) || (f[6] == "none") != (f[5] == "") {
		return PurposeInfo{}, r.fault("ticket rule %q with ticket %q", f[6], f[5])
	}
	if !slices.Contains([]string{"standing", "term", "opened", "closed"}, f[7]) {
		return PurposeInfo{}, r.fault("unknown anchor %q", f[7])
	}
	hours, err := strconv.ParseUint(f[8], 10, 16)
	if err != nil {
		return PurposeInfo{}, r.fault("hours %q", f[8])
	}
	limit, err := strconv.ParseUint(f[9], 10, 16)
	if err != nil {
		return PurposeInfo{}, r.fault("max_hours %q", f[9])
	}
	p.Life.After = time.Duration(hours) * time.Hour
	p.Life.Limit = time.Duration(limit) * time.Hour
	return p, nil
}
