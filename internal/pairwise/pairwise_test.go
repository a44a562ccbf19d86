package pairwise_test

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tink "github.com/tink-crypto/tink-go/v2/daead/subtle"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/pairwise"
	"github.com/tongxin-hub/tongxin/internal/siv"
)

func newIDs(t *testing.T) (*pairwise.IDs, *tink.AESSIV) {
	t.Helper()
	key := []byte(strings.Repeat("0123456789abcdef", 4))
	ours, err := siv.New(key)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := tink.NewAESSIV(key)
	if err != nil {
		t.Fatal(err)
	}
	return pairwise.New(ours), theirs
}

// TestIDs_stayTheSame makes identifiers and cursors as they were made when Tink
// sealed them: whoever keeps one must go on reading the same record by it.
func TestIDs_stayTheSame(t *testing.T) {
	t.Parallel()
	ids, theirs := newIDs(t)
	for _, typename := range []string{"Child", "GuardianshipAssessment", strings.Repeat("Long", 30)} {
		plain := append(binary.BigEndian.AppendUint64(nil, 4711), typename...)
		sealed, err := theirs.EncryptDeterministically(plain, []byte("tongxin/pairwise/1/EDU"))
		if err != nil {
			t.Fatal(err)
		}
		want := base64.RawURLEncoding.EncodeToString(sealed)
		if diff := cmp.Diff(want, ids.Encode("EDU", typename, 4711)); diff != "" {
			t.Errorf("id of a %s (-want +got):\n%s", typename, diff)
		}
		if len(want) > 200 {
			continue
		}
		gotType, gotID, err := ids.Decode("EDU", want)
		if err != nil || gotType != typename || gotID != 4711 {
			t.Errorf("decoded %s %d, %v", gotType, gotID, err)
		}
	}
	sealed, err := theirs.EncryptDeterministically([]byte(`{"k":["2026-11-02","7"]}`), []byte("tongxin/cursor/1/EDU/Query.children"))
	if err != nil {
		t.Fatal(err)
	}
	want := base64.RawURLEncoding.EncodeToString(sealed)
	if diff := cmp.Diff(want, ids.Seal("EDU/Query.children", []byte(`{"k":["2026-11-02","7"]}`))); diff != "" {
		t.Errorf("cursor (-want +got):\n%s", diff)
	}
}

func TestIDs_Decode_refuses(t *testing.T) {
	t.Parallel()
	ids, _ := newIDs(t)
	id := ids.Encode("EDU", "Child", 4711)
	for name, other := range map[string]string{
		"another agency's": ids.Encode("HEALTH", "Child", 4711), "nothing": "", "a cut one": id[:len(id)-4],
		"a padded one": id + "=", "one with a tail": id + "AAAA", "no base64url": "+" + id[1:], "a long one": strings.Repeat("A", 201),
		"another spelling of the last bits": id[:len(id)-1] + string(id[len(id)-1]+1),
	} {
		if _, _, err := ids.Decode("EDU", other); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecodeAs(t *testing.T) {
	t.Parallel()
	ids, _ := newIDs(t)
	id := ids.Encode("JY", "Visit", 7)
	if n, err := ids.DecodeAs("JY", id, "Child", "Visit"); n != 7 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := ids.DecodeAs("JY", id, "Child"); n != 0 || fault.CodeOf(err) != fault.NotFound {
		t.Errorf("as a child: %d, %v", n, err)
	}
	if _, err := ids.DecodeAs("MZ", id, "Visit"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("of another agency: %v", err)
	}
}
