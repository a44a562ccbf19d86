// Package policydesk answers whoever reviews access rights: what a proposal would
// have done, why an entry shows what it shows, which rights nobody uses.
package policydesk
