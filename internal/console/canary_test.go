package console_test

import (
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// plant puts a word of its own into what only few may read, in every child's file.
func plant(t *testing.T, hub *hubtest.Hub) {
	t.Helper()
	for _, statement := range []string{
		`UPDATE child SET residence_address = 'canary-door', citizen_id = 'canary-citizen'`,
		`UPDATE child SET shield = 'ADDRESS' WHERE id % 7 = 0`,
		`UPDATE visit SET living_text = 'canary-living', family_text = 'canary-family', child_view = 'canary-view', mental_text = 'canary-mental'`,
		`UPDATE mandatory_report SET narrative = 'canary-narrative', injury = 'canary-injury', reporter_person = 'canary-reporter'`,
	} {
		if _, err := hub.DB.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// links are the addresses that a page leads to within the console.
func links(page string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`href="(/(?:w|harm|ledgers|reports|children|board|post|matrix|policy|rights|yearly|retention|receipts|logstatus|lists|list|emergency|reviews|asked|overview|log|people|verify|corrections|nominate|conflicts|access)[^"]*)"`).FindAllStringSubmatch(page, -1) {
		out = append(out, html.UnescapeString(m[1]))
	}
	return out
}

// asked is how far the log has come.
func (c *client) asked() (sequence int64) {
	c.Helper()
	if err := c.hub.DB.QueryRow(c.Context(), `SELECT coalesce(max(sequence), -1) FROM audit_entry`).Scan(&sequence); err != nil {
		c.Fatal(err)
	}
	return sequence
}

// onceEach: a page asks each of its documents once, a panel never twice. Only where a page
// goes on through the pages of a list is its document asked again.
func (c *client) onceEach(page, key string, since int64) {
	c.Helper()
	var again string
	if err := c.hub.DB.QueryRow(c.Context(), `SELECT coalesce(string_agg(operation, ' ' ORDER BY operation), '') FROM (
		SELECT e.operation FROM audit_entry e JOIN staff s ON s.id = e.staff_id WHERE e.sequence > $1 AND s.code = $2 AND e.system = 'tongxin-console'
		GROUP BY e.operation HAVING count(*) > 1) o`, since, c.hub.Caller(c, key).StaffCode).Scan(&again); err != nil {
		c.Fatal(err)
	}
	if again != "" {
		c.Errorf("%s asks more than once: %s", page, again)
	}
}

// sealed is a part of an address that is sealed, or a cursor.
var sealed = regexp.MustCompile(`[A-Za-z0-9_=-]{40,}`)

// TestPages_canaries walks all pages that a person is led to, and none of them holds
// what was planted where the person may not look; nor does any address hold an
// identifier.
func TestPages_canaries(t *testing.T) {
	t.Parallel()
	hub := hubtest.Start(t, hubtest.Options{})
	hub.RunJobs(t)
	plant(t, hub)
	// What each of them may read of it.
	for key, allowed := range map[string][]string{
		"dps-phone-check": {"canary-door"}, // at the home visit of another child
		"class-teacher":   nil, "leader": nil, "auditor": nil, "family-guide": nil, "dpo": nil,
		"director":              {"canary-door", "canary-living", "canary-view", "canary-family", "canary-mental"}, // the own village, the own visits
		"director-next-village": {"canary-door", "canary-living", "canary-view", "canary-family", "canary-mental"},
	} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			c := plain(t, hub)
			c.signIn(key)
			seen, todo := map[string]bool{}, []string{"/", "/post", "/children", "/ledgers", "/reports/month", "/board", "/harm", "/matrix", "/policy", "/policy/meter", "/rights", "/yearly", "/retention", "/receipts", "/logstatus", "/lists", "/overview", "/log", "/reviews", "/people", "/verify", "/asked"}
			works, rules, door := 0, 0, false
			led := map[string]bool{}  // by a link, not by this list
			kinds := map[string]int{} // a sealed address is another one on every page
			for len(todo) > 0 {
				path := todo[0]
				todo = todo[1:]
				if seen[path] || works > 12 && strings.HasPrefix(path, "/w/") || rules > 12 && strings.HasPrefix(path, "/matrix/") || strings.HasPrefix(path, "/harm/") {
					continue
				}
				if kind := sealed.ReplaceAllString(path, "*"); kind != path && !strings.HasPrefix(path, "/w/") {
					if kinds[kind]++; kinds[kind] > 4 {
						continue
					}
				}
				seen[path] = true
				since := c.asked()
				status, page, _ := c.send("GET", path, nil)
				c.onceEach(sealed.ReplaceAllString(path, "*"), key, since)
				// Who opens everything that there is comes to the limit of a day.
				if refused := led[path] && status >= http.StatusBadRequest && !strings.Contains(page, "VOLUME_LIMIT"); refused || status >= http.StatusInternalServerError {
					t.Errorf("%s: %d: %.600s", sealed.ReplaceAllString(path, "*"), status, regexp.MustCompile(`(?s).*<main[^>]*>`).ReplaceAllString(page, ""))
				}
				switch {
				case strings.HasPrefix(path, "/matrix/"):
					rules++ // what it leads to is more of the same
				case strings.HasPrefix(path, "/w/"):
					works++
				default:
					for _, link := range links(page) {
						led[link] = true
						todo = append(todo, link)
					}
				}
				door = door || strings.Contains(page, "canary-door")
				for _, found := range regexp.MustCompile(`canary-[a-z]+`).FindAllString(page, -1) {
					if !slices.Contains(allowed, found) {
						t.Errorf("%.20s shows %s", path, found)
					}
				}
				if len(page) > maxPage {
					t.Errorf("%.20s: %d bytes", path, len(page))
				}
			}
			if key == "director" && !door {
				t.Error("nothing planted is shown to anybody: the search finds nothing because it looks wrong")
			}
			if len(seen) < 6 {
				t.Errorf("only %d pages", len(seen))
			}
		})
	}
}
