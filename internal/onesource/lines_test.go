package onesource

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
)

// owned is what of a type one agency is the source of; "*" for anything.
type owned struct{ typ, owner string }

// exception lets a role write by a mutation what another agency is the source of.
type exception struct {
	mutation string
	owned
	role string
}

// table is policy/testdata/sources.csv.
type table struct {
	// source is the agency that a role writes for.
	source  map[string]string
	reasons map[exception]bool
}

// lines reads it; a line without its reasons and ground is refused.
func lines(t *testing.T) table {
	t.Helper()
	f, err := os.Open("../../policy/testdata/sources.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read to the end
	r := csv.NewReader(f)
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace = '#', -1, true
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := table{source: map[string]string{}, reasons: map[exception]bool{}}
	for _, l := range all {
		for _, field := range l {
			if strings.TrimSpace(field) == "" {
				t.Errorf("policy/testdata/sources.csv: %v has an empty field", l)
			}
		}
		switch {
		case l[0] == "source" && len(l) == 4:
			out.source[l[1]] = l[2]
		case l[0] == "write" && len(l) == 8:
			for _, mutation := range strings.Fields(l[1]) {
				out.take(t, mutation, l)
			}
		default:
			t.Errorf("policy/testdata/sources.csv: %v is neither `source, role, agency, ground` nor `write, mutations, types, agency, roles, zh, en, ground`", l)
		}
	}
	return out
}

// take notes the reason of one mutation, for every type and role of the line.
func (x table) take(t *testing.T, mutation string, l []string) {
	t.Helper()
	for _, typ := range strings.Fields(l[2]) {
		for _, role := range strings.Fields(l[4]) {
			e := exception{mutation, owned{typ, l[3]}, role}
			if x.reasons[e] {
				t.Errorf("policy/testdata/sources.csv gives two reasons for %v", e)
			}
			x.reasons[e] = true
		}
	}
}
