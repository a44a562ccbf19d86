package e2e

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestAccess_twoPosts: whoever may act for a purpose in two posts names one; the
// post decides what is in reach. Somebody else's post, an ended one and another
// agency's id of the own post open nothing.
func TestAccess_twoPosts(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := hire(t, h, post{agency: "ZJ002", role: "SUP", purpose: "MANDATORY_REPORT", division: int64(3)})
	staff := staffID(t, h, c)
	addPost(t, h, staff, post{role: "REL", division: int64(3)})
	addPost(t, h, staff, post{role: "SUP", division: int64(4), to: "2026-10-31"})
	id := func(agency, where string, args ...any) string {
		owner := c
		owner.AgencyCode = agency
		return h.ID(t, owner, "Post", single[int64](t, h, "SELECT id FROM post WHERE "+where, args...))
	}
	supervisor := "staff_id = $1 AND role = 'SUP' AND valid_to IS NULL"
	for name, test := range map[string]struct{ post, code, outcome string }{
		"none named":          {"", "BAD_REQUEST", ""},
		"the supervisor":      {id("ZJ002", supervisor, staff), "", "ALLOWED"},
		"the relief clerk":    {id("ZJ002", "staff_id = $1 AND role = 'REL'", staff), "", "NOT_FOUND"},
		"the ended one":       {id("ZJ002", "staff_id = $1 AND valid_to IS NOT NULL", staff), "", "NOT_FOUND"},
		"somebody else's":     {id("ZJ002", "role = 'SUP' AND division_id = 3 AND staff_id <> $1", staff), "PURPOSE_NOT_PERMITTED", ""},
		"another agency's id": {id("MZ", supervisor, staff), "PURPOSE_NOT_PERMITTED", ""},
		"no id":               {"SUP", "PURPOSE_NOT_PERMITTED", ""},
	} {
		vars := map[string]any{"child": h.ID(t, c, "Child", 10)}
		if test.post != "" {
			vars["post"] = test.post
		}
		got := h.Ask(t, c, hubtest.Question{
			Query:     `query InPost($child: ID!, $post: ID) @access(purpose: MANDATORY_REPORT, post: $post) { child(id: $child) { name } }`,
			Variables: vars,
		})
		code := ""
		if len(got.Errors) > 0 {
			code = got.Errors[0].Extensions.Code
		}
		if code != test.code || got.Extensions.Disclosure.Outcome != test.outcome {
			t.Errorf("%s: code %q, want %q; outcome %q, want %q: %.300s", name, code, test.code, got.Extensions.Disclosure.Outcome, test.outcome, got.Body)
		}
	}
}
