package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// retryShortly is told to callers of a hub that is busy or cannot record.
const retryShortly = 2 * time.Second

// problem is a refusal that knows more about its HTTP form than its code says.
type problem struct {
	err error
	// status overrides that of the code, allow and retry fill their headers.
	status int
	allow  string
	retry  time.Duration
}

// Error implements error.
func (p *problem) Error() string { return p.err.Error() }

// Unwrap gives the fault to fault.CodeOf.
func (p *problem) Unwrap() error { return p.err }

// page is an answer, complete in memory.
type page struct {
	status int
	media  string
	body   []byte
}

// writePage sends p in one write.
func writePage(ctx context.Context, log *slog.Logger, w http.ResponseWriter, p page) {
	w.Header().Set("Content-Type", p.media)
	w.Header().Set("Content-Length", strconv.Itoa(len(p.body)))
	w.WriteHeader(p.status)
	if _, err := w.Write(p.body); err != nil {
		log.DebugContext(ctx, "answer not taken", slog.Any("error", err))
	}
}

// errorAnswer turns an error from outside Graph into a complete answer. The
// status is the same for both media types: no GraphQL was looked at.
func errorAnswer(h http.Header, err error, media, traceID string) page {
	code := fault.CodeOf(err)
	p := page{status: statusOf(code), media: media + utf8Suffix, body: errorBody(err, traceID)}
	retry := retryAfter(code)
	var known *problem
	if errors.As(err, &known) {
		if known.status != 0 {
			p.status = known.status
		}
		if known.allow != "" {
			h.Set("Allow", known.allow)
		}
		retry = max(retry, known.retry)
	}
	setRetry(h, retry)
	if p.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="tongxin"`)
	}
	return p
}

// replyAnswer gives a reply of Graph its status. With data it is 200 under
// both media types; a request error is an HTTP error, except that profile
// suite answers 200 to clients of application/json where the request itself
// was at fault.
func (s *Server) replyAnswer(h http.Header, reply Reply, media string) page {
	p := page{status: http.StatusOK, media: media + utf8Suffix, body: reply.Body}
	if !reply.RequestError {
		return p
	}
	p.status = statusOf(reply.Code)
	setRetry(h, retryAfter(reply.Code))
	switch {
	case p.status == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="tongxin"`)
	case isRequestFault(p.status) && media == jsonMedia && s.cfg.Profile == Suite:
		p.status = http.StatusOK
	}
	return p
}

// isRequestFault says that another document or purpose would have helped.
func isRequestFault(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusForbidden
}

func statusOf(code fault.Code) int {
	switch code {
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden, fault.PurposeNotPermitted, fault.TicketInvalid, fault.VolumeLimit:
		return http.StatusForbidden
	case fault.RateLimited:
		return http.StatusTooManyRequests
	case fault.AuditUnavailable, fault.PolicyUnavailable, fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Timeout:
		return http.StatusGatewayTimeout
	case fault.Internal:
		return http.StatusInternalServerError
	default:
		return http.StatusBadRequest
	}
}

func retryAfter(code fault.Code) time.Duration {
	switch statusOf(code) {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return retryShortly
	default:
		return 0
	}
}

// setRetry rounds up: a caller told to come too early is refused again.
func setRetry(h http.Header, d time.Duration) {
	if d > 0 {
		h.Set("Retry-After", strconv.Itoa(int((d+time.Second-1)/time.Second)))
	}
}

// errorBody is a GraphQL response of one error and no data member.
func errorBody(err error, traceID string) []byte {
	public := fault.Public(err)
	type extensions struct {
		Code    fault.Code `json:"code"`
		TraceID string     `json:"traceId"`
	}
	type graphqlError struct {
		Message    string     `json:"message"`
		Extensions extensions `json:"extensions"`
	}
	body, marshalErr := json.Marshal(struct {
		Errors []graphqlError `json:"errors"`
	}{[]graphqlError{{public.Sentence(), extensions{public.Code, traceID}}}})
	if marshalErr != nil {
		return []byte(`{"errors":[{"message":"Internal error."}]}`)
	}
	return body
}
