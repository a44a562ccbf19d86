package page

import (
	"errors"
	"net/http"

	"github.com/tongxin-hub/tongxin/internal/console/ask"
	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/internal/console/words"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

// problem is what an error page says: a sentence, a code, and what to quote.
type problem struct{ Sentence, Code, Trace string }

// Fail shows an error as a sentence with its code, and what to do about it.
func (c *Site) Fail(w http.ResponseWriter, r *http.Request, s *session.Session, err error) {
	lang := c.Language(r)
	var refusal *ask.Refusal
	var p problem
	status := http.StatusOK
	if errors.As(err, &refusal) {
		p = problem{words.Of(lang, refusal.Sentence), refusal.Code, refusal.TraceID}
		status = refusal.Status
	} else {
		public := fault.Public(err)
		p = problem{Sentence: Pick(lang, public.ZH, public.EN), Code: string(public.Code)}
	}
	switch fault.Code(p.Code) {
	case fault.TicketRequired:
		if s != nil && r.URL.Path != "/post" {
			http.Redirect(w, r, "/post", http.StatusSeeOther)
			return
		}
	case fault.Unauthenticated:
		// The token has ended, or the account: nothing here can be seen any more.
		if s != nil {
			if err := c.Sessions.End(r.Context(), s); err != nil {
				c.Warn(r.Context(), err)
			}
			c.ClearCookie(w, SessionCookie)
			s = nil
		}
	case fault.Internal:
		c.Warn(r.Context(), err)
	default:
	}
	v := View{Session: s, Lang: lang, Path: "/", Body: p}
	if s != nil {
		v.Hat = HatOf(s)
	}
	c.Write(w, r, "problem", statusOf(fault.Code(p.Code), status), v)
}

func statusOf(code fault.Code, status int) int {
	switch code {
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Forbidden, fault.PurposeNotPermitted, fault.TicketInvalid, fault.VolumeLimit:
		return http.StatusForbidden
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Unavailable, fault.AuditUnavailable, fault.PolicyUnavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
		return http.StatusInternalServerError
	default: // what the person can mend
	}
	if status < http.StatusBadRequest {
		return http.StatusBadRequest
	}
	return status
}

func (c *Site) notThere(w http.ResponseWriter, r *http.Request) {
	s, err := c.Find(r)
	if err != nil {
		s = nil
	}
	c.Fail(w, r, s, fault.New(fault.NotFound, "没有这个页面。", "There is no such page."))
}

// NotFound is what everybody is told who is not to know more.
func NotFound() error {
	return fault.New(fault.NotFound, "未找到，或不在您本次用途的范围内。", "Not found, or not in reach for this purpose.")
}
