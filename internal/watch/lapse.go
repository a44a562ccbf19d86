package watch

import "github.com/tongxin-hub/tongxin/internal/identity"

// lapses are the codes under which an entry of a post that opens nothing is recorded.
func lapses() []string {
	return []string{
		identity.LapsedAccountDisabled, identity.LapsedVetting, identity.LapsedPostNotStarted, identity.LapsedPostEnded,
		identity.LapsedAuthorisation, identity.LapsedContractNotStarted, identity.LapsedContractExpired,
	}
}
