package fault

import (
	"errors"
	"fmt"
)

// Code names what went wrong, from a closed list that clients may branch on.
type Code string

// The closed list. A code never carries a value of a child, a table name or
// SQL; what else there is to know stands in the log under the request's trace.
const (
	// Unauthenticated: no token, or one that does not hold. Get a new one.
	Unauthenticated Code = "UNAUTHENTICATED"
	// Forbidden: this post may not call this field or use this filter or order.
	Forbidden Code = "FORBIDDEN"
	// PurposeRequired: the operation names no purpose. Add @access(purpose:).
	PurposeRequired Code = "PURPOSE_REQUIRED"
	// PurposeNotPermitted: none of the caller's posts may act for this purpose.
	PurposeNotPermitted Code = "PURPOSE_NOT_PERMITTED"
	// TicketRequired: this purpose needs an open work item of the caller.
	TicketRequired Code = "TICKET_REQUIRED"
	// TicketInvalid: the work item is closed, expired or not the caller's.
	TicketInvalid Code = "TICKET_INVALID"
	// NotFound: no such thing in the caller's reach; says nothing about others.
	NotFound Code = "NOT_FOUND"
	// BadRequest: the request is malformed; mend it, do not retry it.
	BadRequest Code = "BAD_REQUEST"
	// ValidationFailed: the document does not fit the published schema.
	ValidationFailed Code = "VALIDATION_FAILED"
	// CostLimit: the operation is too deep, too wide or asks for too much.
	CostLimit Code = "COST_LIMIT"
	// RateLimited: too many requests; wait and retry.
	RateLimited Code = "RATE_LIMITED"
	// VolumeLimit: too many children in a day or week; ask the supervisor.
	VolumeLimit Code = "VOLUME_LIMIT"
	// Conflict: somebody changed the record first; read it again.
	Conflict Code = "CONFLICT"
	// AuditUnavailable: the access could not be recorded, so nothing was shown.
	AuditUnavailable Code = "AUDIT_UNAVAILABLE"
	// PolicyUnavailable: the policy in force could not be confirmed. Retry.
	PolicyUnavailable Code = "POLICY_UNAVAILABLE"
	// Unavailable: the hub is stopping or its database is out of reach. Retry.
	Unavailable Code = "UNAVAILABLE"
	// Timeout: the operation took longer than it may. Ask for less.
	Timeout Code = "TIMEOUT"
	// Internal: a fault of the hub; the trace id in the answer finds it.
	Internal Code = "INTERNAL"
)

// Codes returns the closed list in its published order.
func Codes() []Code {
	return []Code{
		Unauthenticated, Forbidden, PurposeRequired, PurposeNotPermitted,
		TicketRequired, TicketInvalid, NotFound, BadRequest, ValidationFailed,
		CostLimit, RateLimited, VolumeLimit, Conflict, AuditUnavailable,
		PolicyUnavailable, Unavailable, Timeout, Internal,
	}
}

// Error is a fault with its public sentences and its private cause.
type Error struct {
	Code Code
	// ZH and EN are whole sentences for the caller, free of any value.
	ZH, EN string
	// Member is the member of the input that is to be mended, "" for none.
	Member string
	cause  error
}

// At says which member of the input a fault is about; other errors stay as they are.
func At(member string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	at := *e
	at.Member = member
	return &at
}

// New returns a fault that the caller may read in full.
func New(code Code, zh, en string) error {
	return &Error{Code: code, ZH: zh, EN: en}
}

// Wrap is New with a cause that only the log sees.
func Wrap(code Code, zh, en string, cause error) error {
	return &Error{Code: code, ZH: zh, EN: en, cause: cause}
}

// Error is the sentence for logs: code, English, cause.
func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.EN, e.cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.EN)
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf is the code of the nearest fault in the chain, Internal if none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Public returns what the caller may know of err. An error that is no fault
// becomes Internal with a sentence that tells nothing of its cause.
func Public(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return &Error{Code: e.Code, ZH: e.ZH, EN: e.EN, Member: e.Member}
	}
	return &Error{
		Code: Internal,
		ZH:   "系统内部错误，请凭追踪编号联系枢纽运维人员。",
		EN:   "Internal error; quote the trace id to the hub's operators.",
	}
}

// Sentence is the public message: Chinese first, English complete.
func (e *Error) Sentence() string { return e.ZH + " " + e.EN }
