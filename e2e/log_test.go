package e2e

import (
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/keyring/keyringtest"
)

// TestLog_isPublic: a stranger with nothing but the public key and a client of
// the standard reads the hub's whole log and checks every entry.
func TestLog_isPublic(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	fetcher, err := torchwood.NewTileFetcher(h.URL + "/log/")
	if err != nil {
		t.Fatal(err)
	}
	key, err := note.NewVerifier(keyringtest.New(t, hubtest.Seed).VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := fetcher.ReadEndpoint(t.Context(), "checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	policy := torchwood.ThresholdPolicy(2, torchwood.OriginPolicy(key.Name()), torchwood.SingleVerifierPolicy(key))
	checkpoint, _, err := torchwood.VerifyCheckpoint(signed, policy)
	if err != nil {
		t.Fatal(err)
	}
	client, err := torchwood.NewClient(fetcher)
	if err != nil {
		t.Fatal(err)
	}
	entries := int64(0)
	for i, entry := range client.AllEntries(t.Context(), checkpoint.Tree, 0) {
		if l, err := audit.ParseLeaf(entry); err != nil || l.Sequence != i {
			t.Fatalf("entry %d: %+v, %v", i, l, err)
		}
		entries++
	}
	if client.Err() != nil || entries != checkpoint.N || entries == 0 {
		t.Errorf("%d entries of %d: %v", entries, checkpoint.N, client.Err())
	}
}
