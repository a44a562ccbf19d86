package app

import (
	"context"
	"net/http"

	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/server"
)

// demoParts is what only the demo has.
type demoParts struct {
	issuers []identity.Issuer
}

func (p *parts) prepareDemo(context.Context) error { return nil }

func (d *demoParts) explorer() *server.Explorer { return nil }

func (d *demoParts) routes() map[string]http.Handler { return nil }
