package drill

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/crowdtest"
	"github.com/tongxin-hub/tongxin/internal/keyring"
	"github.com/tongxin-hub/tongxin/internal/pairwise"
)

// alike is the greatest effect of existence on the time of an answer, as the
// difference between the chances that the one or the other of two answers, drawn
// at random, took longer.
const alike = 0.1

// TestExistence asks in turns for a child out of reach and for one that is not
// there: the answers are the same, and a clock does not tell them apart. Quick
// rounds, on a machine that does other things, leave the clock out.
func TestExistence(t *testing.T) { //nolint:paralleltest // it measures time
	n := times(50, 1000)
	dir, d := scene(t)
	h, db := serve(t, dir, d.URL("tongxin")), d.open(t)
	ring, err := keyring.Open(filepath.Join(dir, "keys"), false)
	if err != nil {
		t.Fatal(err)
	}
	ids := pairwise.New(ring.Pairwise())
	own := idIn(t, h.question)
	agency := ""
	for _, code := range value[[]string](t, db, `SELECT array_agg(code) FROM agency`) {
		if _, _, err := ids.Decode(code, own); err == nil {
			agency = code
		}
	}
	_, child, err := ids.Decode(agency, own)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := value[int64](t, db, fmt.Sprintf(`SELECT min(id) FROM child
		WHERE residence_village_id <> (SELECT residence_village_id FROM child WHERE id = %d)`, child))
	var took [2][]time.Duration
	for i := range 2 * n {
		which := (i + i/2) % 2 // 0 1 1 0: neither always comes first
		q := h.question
		id := ids.Encode(agency, "Child", []int64{elsewhere, 999_999_999}[which])
		q.Body = []byte(strings.ReplaceAll(string(q.Body), own, id))
		began := time.Now()
		told := crowdtest.Ask(t, q)
		took[which] = append(took[which], time.Since(began))
		if got := string(told.First); got != `{"child":null}` || len(told.Refused) > 0 {
			t.Fatalf("%d: %q %v", which, got, told.Refused)
		}
	}
	effect := effectOf(took[0], took[1])
	if *full && (effect > alike || effect < -alike) {
		t.Errorf("the clock tells a child out of reach from one that is not there: effect %.3f", effect)
	}
	a, b := slices.Sorted(slices.Values(took[0])), slices.Sorted(slices.Values(took[1]))
	passed(t, n, fmt.Sprintf("%d pairs; median %v out of reach, %v not there; effect %.3f", n, a[n/2], b[n/2], effect))
}

// idIn is the child that a question asks for.
func idIn(t *testing.T, q crowdtest.Question) string {
	t.Helper()
	var body struct{ Variables struct{ ID string } }
	if err := json.Unmarshal(q.Body, &body); err != nil || body.Variables.ID == "" {
		t.Fatalf("no id in %s: %v", q.Body, err)
	}
	return body.Variables.ID
}

// effectOf is the rank-biserial correlation of two samples.
func effectOf(a, b []time.Duration) float64 {
	more := 0
	for _, x := range a {
		for _, y := range b {
			switch {
			case x > y:
				more++
			case x < y:
				more--
			}
		}
	}
	return float64(more) / float64(len(a)*len(b))
}
