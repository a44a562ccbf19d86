package app

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/quorum"
)

// readWitnesses learns who cosigns the log.
func (p *parts) readWitnesses(context.Context) (err error) {
	if p.cfg.Witnesses != "" {
		p.witnesses, err = cosignature.ReadQuorum(p.cfg.Witnesses)
	}
	return err
}

// openWitnesses begins to take checkpoints to them. A hub without witnesses
// publishes what it signed itself.
func (p *parts) openWitnesses(ctx context.Context) error {
	collector, err := quorum.New(ctx, quorum.Deps{
		DB: p.db, Quorum: p.witnesses, Now: p.now, Log: p.telemetry.Log, Metrics: p.telemetry.Metrics,
	})
	if err != nil {
		return err
	}
	p.log = audit.NewPublished(p.db)
	if len(p.witnesses.Witnesses) == 0 {
		return nil
	}
	p.log = collector.Published()
	collector.Start(ctx, quorum.Every)
	p.later(collector.Close)
	return nil
}
