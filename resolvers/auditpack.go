package resolvers

import (
	"cmp"
	"context"
	"encoding/base64"
	"strconv"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/auditpack"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// handOutPack makes the yearly pack; the entry keeps the checksum of what left.
func (r *Resolver) handOutPack(ctx context.Context, in model.HandOutAuditPackInput) (*model.HandOutAuditPackPayload, error) {
	out := &model.HandOutAuditPackPayload{}
	c := disclosure.Change{Mutation: "handOutAuditPack", Key: in.Key, Input: in}
	m, err := r.change(ctx, c, out, func(ctx context.Context, _ postgres.Tx, _ disclosure.Decided) (disclosure.Changed, error) {
		seed := cmp.Or(given(in.Seed), strconv.Itoa(in.Year))
		made, err := r.Packs.HandOut(ctx, auditpack.Options{Year: in.Year, Seed: seed, Samples: in.Samples})
		if err != nil {
			return disclosure.Changed{}, err
		}
		content, bytes, size := base64.StdEncoding.EncodeToString(made.Content), len(made.Content), strconv.FormatInt(made.Log.Size, 10)
		return disclosure.Changed{Reason: "sha256:" + made.SHA256, Result: &model.HandOutAuditPackPayload{
			Name: &made.Name, Content: &content, Sha256: &made.SHA256, Bytes: &bytes, Size: &size, Root: &made.Log.Root,
		}}, nil
	})
	out.Entry, out.UserErrors = m.Entry, m.UserErrors
	return out, err
}
