package audit

import (
	"time"
)

// Outcomes of an operation, as Entry.Outcome.
const (
	// Allowed: everything that was asked for was shown.
	Allowed = "ALLOWED"
	// PartlyWithheld: something that was asked for was not shown in full.
	PartlyWithheld = "PARTLY_WITHHELD"
	// Denied: the operation was refused before it reached any child.
	Denied = "DENIED"
	// NotFound: nothing in the caller's reach answers the question.
	NotFound = "NOT_FOUND"
	// Failed: the operation broke or was malformed; nothing was shown.
	Failed = "FAILED"
	// Revealed: one masked value of one record was opened with a typed reason.
	Revealed = "REVEALED"
)

// Entry is one operation of one caller, as the log remembers it: names of
// fields, never values. Texts that come from outside may be hostile; the writer
// makes them safe to store (no NUL, valid UTF-8, at most 512 bytes) before it
// commits to them.
type Entry struct {
	// At is when the operation was decided. The writer moves it into the order
	// of the log: never before the entry in front of it, never after now,
	// unless the writer is open for backdating.
	At time.Time
	// AgencyID, StaffID and PostID are the register's ids, 0 where unknown
	// (a caller that could not be authenticated has none).
	AgencyID, StaffID, PostID int64
	// AgencyCode and StaffCode name the same by the codes in force at the time.
	AgencyCode, StaffCode string
	// System is the client program that asked (azp or client_id of the token).
	System string
	// Role, Purpose, LegalBasis, Ticket and Approval say why this was allowed.
	Role, Purpose, LegalBasis, Ticket, Approval string
	// Operation and DocumentHash name what was asked; PolicyVersion, by which
	// rules it was decided; TraceID leads to the telemetry of the same request.
	Operation, DocumentHash, PolicyVersion, TraceID string
	// Outcome is one of the constants above; Reason a code or the typed reason
	// of a reveal.
	Outcome, Reason string
	// ClientIP is the address that asked.
	ClientIP string
	// BreakGlass marks an emergency access, which must be reviewed.
	BreakGlass bool
	// Requested are the coordinates that were asked for.
	Requested []string
	// Withheld are the coordinates that were not shown, with the reason code.
	Withheld []Withheld
	// Disclosures are the children that were shown, one element for each way a
	// child was reached.
	Disclosures []Disclosure
}

// Withheld is a coordinate that was asked for and not shown in full.
type Withheld struct {
	// Coordinate is Type.field; Reason a code of the withheld-reason list.
	Coordinate, Reason string
}

// Disclosure is the fact that coordinates of one child were shown.
type Disclosure struct {
	// ChildID is the hub's internal id; it never leaves the hub.
	ChildID int64
	// Bases are the names of the relations that made the access legitimate.
	Bases []string
	// Shown is what was shown, and how. Share one Set between all children
	// that were shown alike; nil means the child's existence alone.
	Shown *Set
}

// Receipt is what the caller gets to hold: with it anybody who has a
// checkpoint can be shown that the access stands in the log.
type Receipt struct {
	// Sequence is the place of the entry in the log, from 0.
	Sequence int64
	// EntryID is random, 32 hexadecimal digits, and says nothing.
	EntryID string
	// At is the time the log gave to the entry.
	At time.Time
}
