package audit

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// partitions knows which months have a place in the tables. A missing one is
// made on the side connection, together with the one after it, before the
// entries that need it are sent.
type partitions struct {
	side *side

	mu   sync.Mutex
	made map[time.Time]bool
}

func newPartitions(s *side) *partitions {
	return &partitions{side: s, made: map[time.Time]bool{}}
}

// ensure makes what is missing of months.
func (p *partitions) ensure(ctx context.Context, months []time.Time) error {
	for _, month := range months {
		if p.has(month) {
			continue
		}
		next := month.AddDate(0, 1, 0)
		err := p.side.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
			batch := &pgx.Batch{}
			batch.Queue(makePartition, month)
			batch.Queue(makePartition, next)
			return conn.SendBatch(ctx, batch).Close()
		})
		if err != nil {
			return err
		}
		p.mu.Lock()
		p.made[month], p.made[next] = true, true
		p.mu.Unlock()
	}
	return nil
}

func (p *partitions) has(month time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made[month]
}
