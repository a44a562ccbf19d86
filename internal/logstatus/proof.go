package logstatus

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

// Proofs proves entries in the tree that is published.
type Proofs struct {
	DB audit.Beginner
	// Published gives the newest checkpoint with the cosignatures on it.
	Published interface {
		Checkpoint(ctx context.Context) ([]byte, error)
	}
	// LogKey is the public key of the log, Witnesses who cosigns it.
	LogKey    string
	Witnesses cosignature.Quorum
}

// Prove proves one entry. Faults: NotFound; Unavailable while no checkpoint covers it.
func (p Proofs) Prove(ctx context.Context, entry string) (audit.Proof, error) {
	published, err := p.Published.Checkpoint(ctx)
	if err != nil {
		return audit.Proof{}, err
	}
	return audit.ProveIn(ctx, p.DB, entry, string(published))
}
