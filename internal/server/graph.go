package server

import (
	"context"
	"net/http"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
)

// Graph answers one GraphQL request. The server calls it once per request that
// is well formed, authenticated and within the caller's rate, with a context
// that ends at the request's deadline. Whatever it returns is sent unchanged,
// so the audit entry must be durable before it returns.
type Graph interface {
	Serve(ctx context.Context, call Call) Reply
}

// Call is one request with what the server knows about it.
type Call struct {
	Caller  identity.Caller
	Request Request
	// ClientIP is the address of the caller as far as trusted proxies vouch.
	ClientIP string
	// TraceID is what the caller sees as X-Request-Id and in errors.
	TraceID string
}

// Request is the GraphQL request as it was sent.
type Request struct {
	Query, OperationName string
	// Variables hold numbers as json.Number.
	Variables, Extensions map[string]any
	Header                Header
}

// Header is what clients may state beside the document: Tongxin-Purpose,
// Tongxin-Ticket and Tongxin-Post.
type Header struct{ Purpose, Ticket, Post string }

// Reply is a complete GraphQL response.
type Reply struct {
	// Body is sent as it is.
	Body []byte
	// RequestError says that the response has no data member.
	RequestError bool
	// Code of what went wrong, empty if nothing did; it decides the status of
	// a request error.
	Code fault.Code
	// Purpose under which the operation ran, for the count of requests.
	Purpose string
	// Recorded is when the log has the operation; zero where it could not be recorded.
	Recorded time.Time
}

// Authenticator says who sent a request. It returns fault.Unauthenticated, or
// fault.Unavailable where it cannot know.
type Authenticator interface {
	Authenticate(ctx context.Context, r *http.Request) (identity.Caller, error)
}

// Refusal is a request of a known caller that Graph never saw.
type Refusal struct {
	Caller            identity.Caller
	Code              fault.Code
	ClientIP, TraceID string
}
