// Package quorum has the hub's checkpoints cosigned by the witnesses of other
// agencies and tells which of them refuse.
package quorum
