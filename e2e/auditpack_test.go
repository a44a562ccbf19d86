package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/auditpack"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// packed writes a pack and reads its tables.
func packed(t *testing.T, h *hubtest.Hub, o auditpack.Options) (raw []byte, tables map[string][][]string, text string) {
	t.Helper()
	var b bytes.Buffer
	if err := auditpack.Write(t.Context(), h.DB, o, &b); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	tables = map[string][][]string{}
	var all []byte
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
		if strings.HasSuffix(f.Name, ".csv") {
			if tables[f.Name], err = csv.NewReader(strings.NewReader(strings.TrimPrefix(string(content), "\ufeff"))).ReadAll(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return b.Bytes(), tables, string(all)
}

// TestAuditPack: the same log and seed give the same bytes; figures agree with each
// other, with the API and with the log; nothing names a child, nothing is a formula.
func TestAuditPack(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	w := logWriter(t, h)
	child := h.Caller(t, "director").ChildID
	if _, err := w.Append(t.Context(), audit.Entry{
		AgencyID: 1, AgencyCode: "=A1", StaffCode: "+1", Role: "@r", Purpose: "-p", Ticket: "\t=t", Operation: "=cmd|' /C calc'!A0",
		Outcome: audit.Revealed, Reason: "=HYPERLINK(\"http://example.test\")", Disclosures: []audit.Disclosure{{ChildID: child}},
	}); err != nil {
		t.Fatal(err)
	}
	got := h.Ask(t, h.Caller(t, "auditor"), hubtest.Question{Query: `query Year { minorsAudit(year: 2026) { code dimension value unit definition asOf } }`})
	var answer struct {
		MinorsAudit []struct {
			Code, Dimension, Unit, Definition, AsOf string
			Value                                   int64
		}
	}
	if err := json.Unmarshal(got.Data, &answer); err != nil || len(got.Errors) > 0 {
		t.Fatalf("%v: %s", err, got.Body)
	}
	figures, sums := map[string]int64{}, map[string]int64{}
	for _, f := range answer.MinorsAudit {
		if f.Unit == "" || f.Definition == "" || f.AsOf == "" {
			t.Errorf("%s has no unit, definition or time", f.Code)
		}
		figures[f.Code+" "+f.Dimension] = f.Value
		sums[f.Code] += f.Value
	}
	for _, by := range []string{"ACCESSES_BY_AGENCY", "ACCESSES_BY_ROLE", "ACCESSES_BY_PURPOSE"} {
		if sums[by] != sums["ACCESSES"] || sums[by] == 0 {
			t.Errorf("%s adds up to %d of %d", by, sums[by], sums["ACCESSES"])
		}
	}
	const within = ` AND e.at >= '2026-01-01T00:00:00+08:00' AND e.at < '2027-01-01T00:00:00+08:00'`
	for code, sql := range map[string]string{
		"REVEALS ":        `SELECT count(*) FROM audit_entry e WHERE e.outcome = 'REVEALED'` + within,
		"DENIED ":         `SELECT count(*) FROM audit_entry e WHERE e.outcome = 'DENIED'` + within,
		"CHILD_ACCESSES ": `SELECT count(*) FROM audit_disclosure e WHERE true` + within,
		"CHILDREN ":       `SELECT count(DISTINCT child_id) FROM audit_disclosure e WHERE true` + within,
		"INQUIRIES ":      `SELECT count(*) FROM access_inquiry WHERE received_on >= '2026-01-01'`,
		"EMERGENCIES ":    `SELECT count(*) FROM emergency_access WHERE opened_at >= '2026-01-01T00:00:00+08:00'`,
	} {
		if want := single[int64](t, h, sql); figures[code] != want {
			t.Errorf("%s= %d, the log says %d", code, figures[code], want)
		}
	}
	o := auditpack.Options{Year: 2026, Seed: "2026", Samples: 60}
	first, tables, text := packed(t, h, o)
	if again, _, _ := packed(t, h, o); !bytes.Equal(first, again) {
		t.Error("the same log and seed give another pack")
	}
	if len(tables["samples.csv"]) != 61 || len(tables["figures.csv"]) != len(answer.MinorsAudit)+1 || len(tables["findings.csv"]) < 2 {
		t.Errorf("%d samples, %d figures, %d findings", len(tables["samples.csv"]), len(tables["figures.csv"]), len(tables["findings.csv"]))
	}
	for _, row := range tables["figures.csv"][1:] {
		if v := figures[row[0]+" "+strings.TrimPrefix(row[2], "'")]; strconv.FormatInt(v, 10) != row[3] && row[0] != "ENTRIES" {
			t.Errorf("%v, the API says %d", row, v)
		}
	}
	other, _, _ := packed(t, h, auditpack.Options{Year: 2026, Seed: "other", Samples: 60})
	if bytes.Equal(first, other) {
		t.Error("another seed draws the same entries")
	}
	_, all, wide := packed(t, h, auditpack.Options{Year: 2026, Seed: "x", Samples: 1 << 20})
	if d := cmp.Diff(sums["ACCESSES"], int64(len(all["samples.csv"])-1)); d != "" {
		t.Errorf("drawing everything draws something else: %s", d)
	}
	for name, table := range all {
		for _, row := range table {
			for _, c := range row {
				if c != "" && strings.ContainsAny(c[:1], "=+-@\t\r") {
					t.Errorf("%s: %q is a formula", name, c)
				}
			}
		}
	}
	for _, name := range single[[]string](t, h, `SELECT array_agg(name) FROM child WHERE length(name) > 1`) {
		if strings.Contains(text+wide, name) {
			t.Errorf("the pack names %q", name)
		}
	}
}
