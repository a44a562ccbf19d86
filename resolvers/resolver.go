package resolvers

import (
	"github.com/tongxin-hub/tongxin/internal/accesslog"
	"github.com/tongxin-hub/tongxin/internal/auditpack"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/policydesk"
)

// Resolver is what the resolvers stand on.
type Resolver struct {
	Gate *disclosure.Gate
	Desk *policydesk.Desk
	// Receipts holds receipts of partners against the log.
	Receipts accesslog.Receipts
	// Packs makes the yearly pack.
	Packs auditpack.Packs
}
