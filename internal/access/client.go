package access

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Client is a registered system with what its moves need.
type Client struct {
	ID                           int64
	AgencyCode, Code, Thumbprint string
	Active                       bool
	Version                      int
}

// Subject names the client in the record.
func (c Client) Subject() string { return c.AgencyCode + "/" + c.Code }

func (c Client) state() string {
	if c.Active {
		return Active
	}
	return Suspended
}

// TakeClient holds a client for a move. Faults: NotFound, Conflict.
func TakeClient(ctx context.Context, tx postgres.Tx, move string, a Aim) (Client, error) {
	c, err := takeClient(ctx, tx, a.ID)
	if err != nil {
		return c, err
	}
	if _, err := Clients().Next(c.state(), move); err != nil {
		return c, fault.At("id", err)
	}
	return c, flow.AsRead(a.Version, c.Version)
}

// SuspendClient shuts a system: requests with its tokens are refused.
func SuspendClient(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a Aim) (disclosure.Changed, error) {
	reason, err := Reason(a.Reason)
	if err != nil {
		return disclosure.Changed{}, err
	}
	c, err := TakeClient(ctx, tx, "suspendClient", a)
	if err != nil {
		return disclosure.Changed{}, err
	}
	version, err := SetClientActive(ctx, tx, c.ID, false)
	if err != nil {
		return disclosure.Changed{}, err
	}
	n := Noted{What: "suspendClient", Subject: c.Subject(), Before: "启用 active", After: "停用 suspended", Reason: reason}
	return done(ctx, tx, d, n, Result{"ApiClient", c.ID, Suspended, version})
}
