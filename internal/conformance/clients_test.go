package conformance_test

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"github.com/Khan/genqlient/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/conformance/partner"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// seen is what a partner's program has in hand after an answer.
type seen struct {
	Data       partner.PartnerFileResponse `json:"data"`
	Extensions struct {
		Disclosure hubtest.Receipt `json:"disclosure"`
	} `json:"extensions"`
}

// scene is a question of a caller for whom part of a file is withheld.
func scene(t *testing.T, hub *hubtest.Hub) told {
	t.Helper()
	c := hub.Caller(t, "dps-phone-check")
	query, err := os.ReadFile("partner/partner.graphql")
	if err != nil {
		t.Fatal(err)
	}
	about := tell(t, hub, c)
	about.Query = string(query)
	about.Variables = map[string]any{"child": hub.ID(t, c, "Child", c.ChildID), "ticket": c.TicketCode}
	delete(about.Headers, "Tongxin-Purpose") // the document states both
	delete(about.Headers, "Tongxin-Ticket")
	return about
}

// testClients: what is withheld is no error, so each of these clients hands its
// program the data and the receipt, with its settings as they come.
func testClients(t *testing.T, hub *hubtest.Hub) {
	t.Helper()
	about := scene(t, hub)
	for _, script := range []string{"urql.mjs", "apollo.mjs", "graphql-request.mjs"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			var got seen
			runScript(t, script, about, &got)
			partlyWithheld(t, got)
		})
	}
	t.Run("genqlient", func(t *testing.T) {
		t.Parallel()
		partlyWithheld(t, askGenqlient(t, about))
	})
}

// askGenqlient asks through the committed Go client.
func askGenqlient(t *testing.T, about told) seen {
	t.Helper()
	client := graphql.NewClient(about.URL, bearer{about.Headers})
	data, extensions, err := partner.PartnerFile(t.Context(), client,
		about.Variables["child"].(string), about.Variables["ticket"].(string))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(extensions)
	if err != nil {
		t.Fatal(err)
	}
	got := seen{Data: *data}
	if err := json.Unmarshal(text, &got.Extensions); err != nil {
		t.Fatal(err)
	}
	return got
}

// bearer adds the caller's headers to requests.
type bearer struct{ headers map[string]string }

// Do implements graphql.Doer.
func (b bearer) Do(r *http.Request) (*http.Response, error) {
	for name, value := range b.headers {
		r.Header.Set(name, value)
	}
	return http.DefaultClient.Do(r)
}

// partlyWithheld holds an answer against what a dropout officer at the phone
// check gets: name and enrolment, neither address nor label.
func partlyWithheld(t *testing.T, got seen) {
	t.Helper()
	child := got.Data.Child
	if child == nil || child.Name == nil || child.Enrolment == nil || child.Enrolment.School == nil {
		t.Fatalf("the data did not arrive: %+v", got)
	}
	if child.ResidenceAddress != nil || child.Registration == nil || child.Registration.LeftBehind != nil {
		t.Errorf("more than the purpose needs: %+v", child)
	}
	receipt := got.Extensions.Disclosure
	var withheld []string
	for _, w := range receipt.Withheld {
		withheld = append(withheld, w.Coordinate)
	}
	want := []string{"Child.residenceAddress", "Registration.leftBehind"}
	if diff := cmp.Diff(want, withheld); diff != "" || receipt.Entry == "" || receipt.Outcome != "PARTLY_WITHHELD" {
		t.Errorf("receipt %+v (-want +got):\n%s", receipt, diff)
	}
}
