package resolvers

import (
	"context"
	"encoding/base64"
	"strconv"

	"github.com/tongxin-hub/tongxin/graph/model"
)

// entryProof proves one entry, with all that a check elsewhere needs.
func (r *Resolver) entryProof(ctx context.Context, entry string) (*model.EntryProof, error) {
	if _, err := standing(ctx); err != nil {
		return nil, err
	}
	got, err := r.Proofs.Prove(ctx, entry)
	if err != nil {
		return nil, err
	}
	out := &model.EntryProof{
		Sequence: strconv.FormatInt(got.Sequence, 10), EntryID: got.EntryID, At: instant(got.At), Leaf: base64.StdEncoding.EncodeToString(got.Leaf),
		Hashes: make([]string, 0, len(got.Hashes)), Checkpoint: got.Checkpoint, LogKey: r.Proofs.LogKey,
		WitnessKeys: make([]string, 0, len(r.Proofs.Witnesses.Witnesses)), Quorum: r.Proofs.Witnesses.Need,
	}
	for _, h := range got.Hashes {
		out.Hashes = append(out.Hashes, base64.StdEncoding.EncodeToString(h[:]))
	}
	for _, w := range r.Proofs.Witnesses.Witnesses {
		out.WitnessKeys = append(out.WitnessKeys, w.Key)
	}
	return out, nil
}
