// Package referral is the psychological referral: flagged, consented to by the guardian
// and heard from the child, screened, planned by its level, followed up and closed; it
// holds levels and codes, and refuses a diagnosis.
package referral
