package identity

import (
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
)

// The kinds of staff: a person, or a partner system with an account of its own.
const (
	KindPerson = "PERSON"
	KindSystem = "SYSTEM"
)

// The reasons why a post opens nothing, as they stand in the audit entry. The
// caller never learns them: children of a lapsed post are simply not found.
const (
	LapsedAccountDisabled    = "ACCOUNT_DISABLED"
	LapsedVetting            = "VETTING_EXPIRED"
	LapsedPostNotStarted     = "POST_NOT_STARTED"
	LapsedPostEnded          = "POST_ENDED"
	LapsedAuthorisation      = "AUTHORISATION_EXPIRED"
	LapsedContractNotStarted = "CONTRACT_NOT_STARTED"
	LapsedContractExpired    = "CONTRACT_EXPIRED"
)

// Caller is who asks, as proved by a token and completed by the register. It
// is handed from layer to layer as a value and never changed.
type Caller struct {
	Agency Agency
	Staff  Staff
	// System is the client the token was issued to (client_id or azp).
	System string
	// SystemPurposes are those that the client is registered for; none for a client
	// that is not registered, which may ask for every purpose of its caller.
	SystemPurposes []string
	// Posts are all posts of the register, lapsed ones included: ask Lapsed.
	Posts []Post
	// Issuer is the URL of the issuer that vouched for the caller.
	Issuer string
	// TokenExpires ends streams and downloads that outlive the request.
	TokenExpires time.Time
	// CertThumbprint is the base64url SHA-256 of the verified client
	// certificate of the connection, empty without one.
	CertThumbprint string
}

// Agency is the unit that a caller works for.
type Agency struct {
	ID               int64
	Code, Name, Kind string
}

// Staff is a person or a system of an agency.
type Staff struct {
	ID               int64
	Code, Name, Kind string
	// VettedUntil is the last day on which the background check of a person,
	// or the assessment of a partner system, holds; zero means there is none.
	VettedUntil time.Time
	// Disabled accounts are refused before anything else.
	Disabled bool
}

// Post is one function of a staff member: a role in an area, for a time.
type Post struct {
	ID       int64
	Role     string
	AgencyID int64
	// DivisionID, SchoolID and ClinicID are the post's area, 0 when not used.
	DivisionID, SchoolID, ClinicID int64
	// Contract is set for posts that work under a service contract.
	Contract *Contract
	// ValidFrom is the first day of the post. ValidTo is the day on which it
	// was left: from that day on it opens nothing. Zero means still held.
	ValidFrom, ValidTo time.Time
	// AuthorisedUntil is the last day of the yearly standing authorisation.
	AuthorisedUntil time.Time
	// Approval is the reference of that authorisation.
	Approval string
	Title    string
}

// Contract is the service contract under which a contractor's post works.
type Contract struct {
	Number string
	// From is the first day: the start of the contract or the day of its
	// security assessment, whichever is later. Zero means not assessed yet.
	From time.Time
	// To is the last day, until 24:00; earlier when the data was returned.
	To       time.Time
	Purposes []string
}

// Lapsed says why the post opens nothing at this time, or "" while it holds.
// Days are days of China Standard Time, whatever the zone of now. A date that
// is missing where one is needed counts as lapsed.
func (p Post) Lapsed(staff Staff, now time.Time) string {
	today := chinaDay(now)
	switch {
	case staff.Disabled:
		return LapsedAccountDisabled
	case today.After(staff.VettedUntil):
		return LapsedVetting
	case p.ValidFrom.IsZero() || today.Before(p.ValidFrom):
		return LapsedPostNotStarted
	case !p.ValidTo.IsZero() && !today.Before(p.ValidTo):
		return LapsedPostEnded
	case today.After(p.AuthorisedUntil):
		return LapsedAuthorisation
	case p.Contract == nil:
		return ""
	default:
		return p.Contract.lapsed(today)
	}
}

func (c *Contract) lapsed(today time.Time) string {
	switch {
	case c.From.IsZero() || today.Before(c.From):
		return LapsedContractNotStarted
	case today.After(c.To):
		return LapsedContractExpired
	default:
		return ""
	}
}

// chinaDay is the calendar day in China at this moment, as midnight UTC: the
// shape in which the database hands out dates.
func chinaDay(now time.Time) time.Time {
	year, month, day := now.In(chinatime.Zone()).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
