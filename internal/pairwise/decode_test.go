package pairwise_test

import (
	"encoding/base64"
	"math/rand/v2"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/keyring/keyringtest"
	"github.com/tongxin-hub/tongxin/internal/pairwise"
)

// TestDecode_anotherAgency: of ten thousand random pairs of agencies, none can
// read an identifier of the other, and the owner always can.
func TestDecode_anotherAgency(t *testing.T) {
	t.Parallel()
	ids := pairwise.New(keyringtest.New(t, "pairwise").Pairwise())
	dice := rand.New(rand.NewPCG(1, 2))
	agencies := []string{"MZ", "JY", "FL", "WJ", "ZJ001", "ZJ002", "", "MZ/", "mz"}
	types := []string{"Child", "Visit", "C", "ChildVisit"}
	for range 10_000 {
		owner, other := agencies[dice.IntN(len(agencies))], agencies[dice.IntN(len(agencies))]
		typename, number := types[dice.IntN(len(types))], dice.Int64()
		id := ids.Encode(owner, typename, number)
		gotType, got, err := ids.Decode(other, id)
		switch {
		case owner == other && (err != nil || gotType != typename || got != number):
			t.Fatalf("%s cannot read its own %s: %v", owner, id, err)
		case owner != other && fault.CodeOf(err) != fault.NotFound:
			t.Fatalf("%q reads %s of %q: %s %d", other, id, owner, gotType, got)
		}
	}
}

// FuzzDecode: what is decoded is exactly what was encoded, in its one spelling;
// everything else is not found. Cursors are no identifiers, and the reverse.
func FuzzDecode(f *testing.F) {
	ids := pairwise.New(keyringtest.New(f, "pairwise").Pairwise())
	good := ids.Encode("MZ", "Child", 7)
	cursor := ids.Seal("MZ/Query.children", []byte(`{"k":["2010-01-01","7"]}`))
	for _, seed := range []string{good, good + "=", good + "A", good[1:], good[:9] + "\n" + good[9:], cursor, "\r" + cursor, "", "7", "Child:7", base64.RawURLEncoding.EncodeToString(make([]byte, 16)), "\x00", "长"} {
		f.Add("MZ", seed)
		f.Add("JY", seed)
	}
	f.Fuzz(func(t *testing.T, agency, id string) {
		typename, number, err := ids.Decode(agency, id)
		if err != nil {
			if fault.CodeOf(err) != fault.NotFound || typename != "" || number != 0 {
				t.Errorf("refused with %v and %s %d", err, typename, number)
			}
		} else if again := ids.Encode(agency, typename, number); again != id {
			t.Errorf("%q stands for %s %d, which is %q", id, typename, number, again)
		}
		if plain, err := ids.Unseal(agency, id); err == nil {
			if again := ids.Seal(agency, plain); again != id {
				t.Errorf("cursor %q is %q", id, again)
			}
		} else if fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("a cursor is refused with %v", err)
		}
	})
}
