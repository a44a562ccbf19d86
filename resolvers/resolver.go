package resolvers

import (
	"github.com/tongxin-hub/tongxin/internal/accesslog"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
)

// Resolver is what the resolvers stand on.
type Resolver struct {
	Gate *disclosure.Gate
	// Receipts holds receipts of partners against the log.
	Receipts accesslog.Receipts
}
