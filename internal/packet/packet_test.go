package packet_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/packet"
)

func now() time.Time { return time.Unix(1_795_000_000, 0) }

func secret(name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return sum[:]
}

// hub opens the side of one hub that knows another, with a change of the file's text.
func hub(tb testing.TB, own, other string, change ...string) (packet.Own, packet.Partners, error) {
	tb.Helper()
	card, err := packet.Card(secret(other))
	if err != nil {
		tb.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{
		"hub": own, "contact": packet.Contact{Post: "个案管理岗", Phone: "027-00000000"},
		"partners": []any{map[string]any{"hub": other, "name": "N", "areas": []string{"990117"}, "url": "https://x.example", "keys": card}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "partners.json")
	if err := os.WriteFile(path, []byte(strings.NewReplacer(change...).Replace(string(text))), 0o600); err != nil {
		tb.Fatal(err)
	}
	return packet.Read(path, secret(own))
}

func transfer() packet.Packet {
	return packet.Packet{
		ID: "1", From: "a", To: "b", Kind: packet.TransferKind, Issued: now().Unix(), Expires: now().Unix() + 60,
		Move: &packet.Transfer{
			Mode: packet.WithParents, FromArea: "420117001901", ToArea: "990117001901", Agency: "测试镇",
			Child:      packet.Identity{Name: "测试", Sex: "FEMALE", BirthDate: "2016-02-29"},
			Caregivers: []packet.Caregiver{{Name: "测试", Relation: "GRANDMOTHER", Phone: "19900000000"}},
			Open:       []packet.Work{{Kind: "走访", Due: "2026-12-01"}}, Contact: packet.Contact{Post: "岗", Phone: "027-00000000"},
		},
	}
}

// TestSeal_opens: what one hub seals the other opens, and nobody else; every byte counts.
func TestSeal_opens(t *testing.T) {
	t.Parallel()
	a, toB, err := hub(t, "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	b, fromA, err := hub(t, "b", "a")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := a.Seal(transfer(), toB[0])
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("2016-02-29")) {
		t.Error("the packet can be read on its way")
	}
	got, err := b.Open(sealed, fromA, now())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(transfer(), got.Packet); diff != "" || got.Hub != "a" {
		t.Errorf("from %s (-want +got):\n%s", got.Hub, diff)
	}
	third, fromA3, err := hub(t, "c", "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := third.Open(sealed, fromA3, now()); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("a third hub: %v", err)
	}
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		if o, err := b.Open(altered, fromA, now()); err == nil && !cmp.Equal(o.Packet, transfer()) || err == nil && altered[i] == sealed[i] {
			t.Fatalf("byte %d altered, and it opens as %+v", i, o.Packet)
		}
	}
	if _, err := b.Open(sealed, fromA, now().Add(time.Hour)); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("an hour later: %v", err)
	}
	if _, err := b.Open(sealed, fromA, now().Add(-time.Hour)); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("before it was issued: %v", err)
	}
}

// TestRead_refuses what could be mistaken for another, or sent where it is not safe.
func TestRead_refuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][]string{
		"an open road":   {"https://x", "http://x"},
		"a short area":   {"990117", "99"},
		"no contact":     {"027-00000000", ""},
		"its own name":   {`"hub":"b"`, `"hub":"a"`},
		"no name":        {`"name":"N"`, `"name":""`},
		"another member": {`"name":"N"`, `"name":"N","secret":1`},
		"another curve":  {`"crv":"Ed25519"`, `"crv":"P-256"`},
	} {
		if _, _, err := hub(t, "a", "b", change...); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, _, err := hub(t, "a", "b", "https://x.example", "http://127.0.0.1:1"); err != nil {
		t.Errorf("a hub on this machine: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, change := range []func(p *packet.Packet){
		func(*packet.Packet) {},
		func(p *packet.Packet) {
			p.Kind, p.Move, p.Answer = packet.AnswerKind, nil, &packet.Answer{Transfer: "1", Decision: packet.Refused, Reason: "NOT_HERE"}
		},
		func(p *packet.Packet) {
			p.Kind, p.Move, p.Receipt = packet.ReceiptKind, nil, &packet.Receipt{Packet: "1", Digest: secret("x")}
		},
	} {
		p := transfer()
		change(&p)
		content, err := p.Bytes()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	for _, seed := range []string{"", "{}", `{"id":"1","id":"2"}`, `null`, `{"id":"1"} {}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := packet.Parse(content)
		if err != nil {
			return
		}
		if again, err := p.Bytes(); err != nil || !bytes.Equal(again, content) {
			t.Errorf("%q reads as %+v", content, p)
		}
	})
}

// FuzzOpen: nothing that a stranger writes opens, or breaks.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("{}"))
	f.Add([]byte("eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSJ9..AAAA.AAAA.AAAA"))
	own, partners, err := hub(f, "b", "a")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if _, err := own.Open(sealed, partners, now()); err == nil {
			t.Errorf("%q opens", sealed)
		}
	})
}
