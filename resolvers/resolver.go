package resolvers

import (
	"github.com/tongxin-hub/tongxin/internal/accesslog"
	"github.com/tongxin-hub/tongxin/internal/auditpack"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/logstatus"
	"github.com/tongxin-hub/tongxin/internal/moving"
	"github.com/tongxin-hub/tongxin/internal/policydesk"
)

// Resolver is what the resolvers stand on.
type Resolver struct {
	Gate *disclosure.Gate
	Desk *policydesk.Desk
	// Receipts holds receipts of partners against the log.
	Receipts accesslog.Receipts
	// Issuers are those that the hub trusts, by configuration.
	Issuers []identity.Issuer
	// Proofs proves entries of the log.
	Proofs logstatus.Proofs
	// Moves hands children to other hubs, by what Minimum reads of them.
	Moves   *moving.Exchange
	Minimum disclosure.Prepared
	// Packs makes the yearly pack.
	Packs auditpack.Packs
}
