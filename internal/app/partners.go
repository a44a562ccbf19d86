package app

import (
	"context"
	"crypto/rand"

	"github.com/tongxin-hub/tongxin/internal/courier"
	"github.com/tongxin-hub/tongxin/internal/moving"
	"github.com/tongxin-hub/tongxin/internal/packet"
)

// openPartners learns which hubs children are handed to; without a file there are none.
func (p *parts) openPartners(context.Context) (err error) {
	carrier := courier.New()
	p.moves = &moving.Exchange{DB: p.db, Log: p.writer, Now: p.now, Random: rand.Reader, Carry: carrier.Carry}
	p.later(carrier.Close)
	if p.cfg.Partners != "" {
		p.moves.Own, p.moves.Partners, err = packet.Read(p.cfg.Partners, p.ring.TransferSecret())
	}
	return err
}
