package app

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/retention"
)

// retentionBatch is how many old entries one transaction looks at.
const retentionBatch = 1000

// keepRetention starts destroying by night what is due of the log.
func (p *parts) keepRetention(ctx context.Context) error {
	keeper := retention.NewKeeper(ctx, &retention.Walker{
		DB: p.db, Log: p.writer, Now: p.now, Batch: retentionBatch, Progress: p.telemetry.Log,
	}, retention.Every)
	p.later(keeper.Close)
	return nil
}
