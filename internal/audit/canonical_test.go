package audit

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the vectors anew; only a new format may change them")

// vector pins one entry to its bytes for ever.
type vector struct {
	Name       string `json:"name"`
	Detail     string `json:"detail"`
	Salt       string `json:"salt"`
	Commitment string `json:"commitment"`
	Leaf       string `json:"leaf"`
	LeafHash   string `json:"leafHash"`
}

// vectorEntries are the entries of testdata/entry_v1.json.
func vectorEntries() map[string]Entry {
	return map[string]Entry{
		"empty": {},
		"denied": {
			AgencyID: 7, StaffID: 8, PostID: 9, AgencyCode: "EDU", StaffCode: "edu-0017", System: "console",
			Role: "DPS", Purpose: "DROPOUT_PREVENTION", Ticket: "LEDGER-2026-0003", Operation: "Ledger",
			PolicyVersion: "sha256:0123456789ab", Outcome: Denied, Reason: "TICKET_INVALID", ClientIP: "192.0.2.7",
			Requested: []string{"Child.name", "Child.grade", "Child.name"},
		},
		"page": {
			StaffID: -1, LegalBasis: "未成年人保护法 81", Operation: "走访\x00清单", Outcome: PartlyWithheld, BreakGlass: true,
			Requested: []string{"Child.address"},
			Withheld:  []Withheld{{"Child.address", "NOT_NEEDED_FOR_PURPOSE"}},
			Disclosures: []Disclosure{
				{
					ChildID: 11, Bases: []string{"own_township", "", "compulsory_age"},
					Shown: NewSet([]Shown{{"Child.name", "FULL"}, {"Child.phone", "MASKED"}}),
				},
				{ChildID: 12},
			},
		},
	}
}

// bytesOf runs e through the writer's own steps with a fixed salt and id.
func bytesOf(t *testing.T, name string, e Entry) vector {
	t.Helper()
	random := strings.NewReader(strings.Repeat("0123456789abcdef", 3))
	sets := newInterner(nil)
	for _, s := range e.sets() {
		sets.ids[s.hash] = 1
	}
	w := &Writer{options: Options{Random: random}, sets: sets}
	r, err := w.prepare(t.Context(), &e)
	if err != nil {
		t.Fatal(err)
	}
	l := leaf{
		version: formatVersion, backdated: name == "page", sequence: 258, id: r.id, commitment: r.commitment,
		at: time.Date(2026, 11, 23, 8, 30, 0, 123456000, time.UTC),
	}
	h := l.hash()
	return vector{
		Name: name, Detail: hex.EncodeToString(r.detail.append(nil)), Salt: hex.EncodeToString(r.salt),
		Commitment: hex.EncodeToString(r.commitment[:]), Leaf: hex.EncodeToString(l.bytes()),
		LeafHash: hex.EncodeToString(h[:]),
	}
}

// TestCanonical_vectors holds today's code to the bytes of every log that is
// already signed. Vectors are added, never changed.
func TestCanonical_vectors(t *testing.T) {
	t.Parallel()
	path := filepath.Join("testdata", "entry_v1.json")
	entries := vectorEntries()
	var got []vector
	for _, name := range []string{"empty", "denied", "page"} {
		got = append(got, bytesOf(t, name, entries[name]))
	}
	if *update {
		data, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(data, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want []vector
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// drawDetail makes arbitrary details with little variety, so that equal and
// nearly equal ones are drawn often.
func drawDetail(t *rapid.T, label string) detail {
	text := rapid.SampledFrom([]string{"", "a", "b", "ab", "\x00\x00\x00\x01a"})
	number := rapid.Int64Range(0, 2)
	d := detail{agencyID: number.Draw(t, label), staffID: number.Draw(t, label)}
	for i := range d.texts {
		d.texts[i] = text.Draw(t, label)
	}
	for range number.Draw(t, label) {
		d.disclosures = append(d.disclosures, shownTo{
			childID: number.Draw(t, label),
			bases:   rapid.SliceOfN(text, 0, 2).Draw(t, label),
		})
	}
	return d
}

func TestCanonical_injective(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawDetail(t, "a"), drawDetail(t, "b")
		same := cmp.Equal(a, b, cmp.AllowUnexported(detail{}, shownTo{}))
		if equal := string(a.append(nil)) == string(b.append(nil)); equal != same {
			t.Fatalf("details equal: %v, bytes equal: %v", same, equal)
		}
		moved := a
		for i := 1; i < len(moved.texts); i++ { // a text that slips into its neighbour
			moved.texts[i-1], moved.texts[i] = moved.texts[i-1]+moved.texts[i], ""
			if moved.texts != a.texts && string(a.append(nil)) == string(moved.append(nil)) {
				t.Fatalf("texts %q and %q have the same bytes", a.texts, moved.texts)
			}
			moved = a
		}
	})
}

func TestNewSet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		item := rapid.Custom(func(t *rapid.T) Shown {
			return Shown{
				Coordinate: rapid.SampledFrom([]string{"A.a", "A.b", "B.a"}).Draw(t, "coordinate"),
				Form:       rapid.SampledFrom([]string{"FULL", "MASKED"}).Draw(t, "form"),
			}
		})
		items := rapid.SliceOf(item).Draw(t, "items")
		shuffled := rapid.Permutation(append(items, items...)).Draw(t, "shuffled")
		if NewSet(items).Hash() != NewSet(shuffled).Hash() {
			t.Fatal("order or repetition changes a set")
		}
		grown := NewSet(append(items, Shown{"C.c", "FULL"}))
		if grown.Hash() == NewSet(items).Hash() {
			t.Fatal("two sets have one hash")
		}
	})
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", "a", "\x00", "\xff", strings.Repeat("长", 200), strings.Repeat("\xe9\x95", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if !utf8.ValidString(got) || strings.Contains(got, "\x00") || len(got) > 3*maxText {
			t.Errorf("%q became %q", s, got)
		}
		if utf8.ValidString(s) && len(s) <= maxText && !strings.Contains(s, "\x00") && got != s {
			t.Errorf("harmless %q became %q", s, got)
		}
	})
}

// FuzzParseDetail: what is read is what would be written again.
func FuzzParseDetail(f *testing.F) {
	for _, e := range vectorEntries() {
		d := detail{agencyID: e.AgencyID, texts: e.texts(), breakGlass: e.BreakGlass}
		for _, x := range e.Disclosures {
			d.disclosures = append(d.disclosures, shownTo{childID: x.ChildID, bases: x.Bases})
		}
		f.Add(d.append(nil))
	}
	f.Add(setBytes([]Shown{{"Child.name", "FULL"}, {"", ""}}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, err := parseDetail(b); err == nil && string(d.append(nil)) != string(b) {
			t.Errorf("%x reads as %+v", b, d)
		}
		if items, err := ParseSet(b); err == nil && string(setBytes(items)) != string(b) {
			t.Errorf("%x reads as %+v", b, items)
		}
	})
}

func FuzzParseLeaf(f *testing.F) {
	f.Add((&leaf{version: formatVersion, backdated: true, sequence: 5, at: time.Unix(1, 1000)}).bytes())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := parseLeaf(b)
		if err == nil && string(l.bytes()) != string(b) {
			t.Errorf("%x reads as %+v", b, l)
		}
	})
}

// FuzzParseProof: what is not a sound proof under the key is refused, and no
// input makes reading, checking or printing fail otherwise.
func FuzzParseProof(f *testing.F) {
	_, verifierKey, err := note.GenerateKey(rand.Reader, "log.example")
	if err != nil {
		f.Fatal(err)
	}
	verifier, err := note.NewVerifier(verifierKey)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		`{}`, `null`, `{"sequence":-1}`, `{"leaf":"AA==","hashes":[]}`, `{"checkpoint":"log.example\n1\n\n"}`, `{"at":"x"}`, `[`, ``,
		`{"sequence":9223372036854775807,"hashes":["AA"],"checkpoint":"a\n9223372036854775807\nAAAA\n\n— a AAAA\n"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParseProof(data)
		if err != nil {
			return
		}
		if c, err := p.Check(verifier); err == nil {
			t.Errorf("%q proves something under a key that signed nothing: %+v", data, c)
		}
		_ = p.String()
	})
}
