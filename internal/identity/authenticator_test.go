package identity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

func day(year int, month time.Month, dayOfMonth int) time.Time {
	return time.Date(year, month, dayOfMonth, 0, 0, 0, 0, time.UTC)
}

func TestAuthenticate_CompletesTheCallerFromTheRegister(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1", "ES256")
	issuer := newAgencyIssuer(t, key.public())
	h := newHub(t, trust(issuer, "TOWN"))
	// Whatever else the token claims to be, only the register counts.
	claims := with(goodClaims(issuer.URL), map[string]any{
		"azp": "town-app", "aud": []string{hubAudience}, "roles": []string{"CM"}, "agency": "EDU",
	})
	want := Caller{
		Agency: Agency{ID: 1, Code: "TOWN", Name: "示例镇人民政府", Kind: "TOWNSHIP"},
		Staff:  Staff{ID: 1, Code: "lin", Name: "林示例", Kind: KindPerson, VettedUntil: day(2026, 6, 30)},
		System: "town-app", Issuer: issuer.URL, TokenExpires: schoolDay.Add(time.Hour),
		Posts: []Post{
			{
				ID: 1, Role: "DIR", AgencyID: 1, DivisionID: 3, ValidFrom: day(2025, 1, 1),
				AuthorisedUntil: day(2025, 12, 31), Approval: "SQ-1", Title: "儿童主任",
			},
			{
				ID: 2, Role: "SUP", AgencyID: 1, DivisionID: 2, ValidFrom: day(2024, 1, 1), ValidTo: day(2025, 1, 1),
				AuthorisedUntil: day(2025, 12, 31), Approval: "SQ-2", Title: "儿童督导员",
			},
		},
	}
	if diff := cmp.Diff(want, h.ask(t, key.token(t, claims)).Caller); diff != "" {
		t.Errorf("caller (-want +got):\n%s", diff)
	}
}

func TestAuthenticate_IssuerNeverSpeaksForAnotherAgency(t *testing.T) {
	t.Parallel()
	town, edu := newKey(t, "k1", "ES256"), newKey(t, "k1", "ES256")
	townIssuer, eduIssuer := newAgencyIssuer(t, town.public()), newAgencyIssuer(t, edu.public())
	h := newHub(t, trust(townIssuer, "TOWN"), trust(eduIssuer, "EDU"))
	token := func(key signingKey, issuer *agencyIssuer, staff string) string {
		return key.token(t, with(goodClaims(issuer.URL), map[string]any{"sub": staff}))
	}
	tests := map[string]struct {
		token, staff string
		code         fault.Code
	}{
		"own staff of the town":              {token(town, townIssuer, "lin"), "lin", ""},
		"own staff of education":             {token(edu, eduIssuer, "wu"), "wu", ""},
		"town names education's staff":       {token(town, townIssuer, "wu"), "", fault.Unauthenticated},
		"education names the town's staff":   {token(edu, eduIssuer, "lin"), "", fault.Unauthenticated},
		"town's key under education's name":  {token(town, eduIssuer, "wu"), "", fault.Unauthenticated},
		"education's key under town's name":  {token(edu, townIssuer, "lin"), "", fault.Unauthenticated},
		"staff of no agency":                 {token(town, townIssuer, "nobody"), "", fault.Unauthenticated},
		"staff whose name is another's case": {token(town, townIssuer, "LIN"), "", fault.Unauthenticated},
		"disabled account":                   {token(town, townIssuer, "gone"), "", fault.Unauthenticated},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply := h.ask(t, test.token)
			if reply.Code != test.code || reply.Caller.Staff.Code != test.staff {
				t.Errorf("want %q %q, got %q %q: %s", test.code, test.staff, reply.Code, reply.Caller.Staff.Code, reply.Log)
			}
		})
	}
}

func TestAuthenticate_ForgetsVerifiedTokens(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1", "ES256")
	issuer := newAgencyIssuer(t, key.public())
	h := newHub(t, trust(issuer, "TOWN"))
	register, err := NewRegister(h.db, h.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), Config{Issuers: []Issuer{trust(issuer, "TOWN")}}, register, h.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(token, thumbprint string) error {
		_, err := a.verify(t.Context(), token, thumbprint)
		return err
	}
	short := key.token(t, with(goodClaims(issuer.URL), map[string]any{"exp": schoolDay.Add(10 * time.Second).Unix()}))
	long := key.token(t, goodClaims(issuer.URL))
	for _, token := range []string{short, long, long} {
		if err := verify(token, ""); err != nil {
			t.Fatal(err)
		}
	}
	if want, got := 2, a.verified.Len(); want != got {
		t.Errorf("want %d verdicts kept, got %d", want, got)
	}
	if err := verify(long, "another connection"); err != nil || a.verified.Len() != 3 {
		t.Errorf("the same token with a certificate was not asked anew: %v", err)
	}
	h.clock.Advance(10 * time.Second)
	if err := verify(short, ""); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("a kept verdict outlived its token: %v", err)
	}
	h.clock.Advance(49 * time.Second)
	a.verifier.issuers[issuer.URL].Audience = "changed"
	if err := verify(long, ""); err != nil {
		t.Errorf("a verdict was not kept for a minute: %v", err)
	}
	h.clock.Advance(time.Second)
	if err := verify(long, ""); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("a verdict was kept for more than a minute: %v", err)
	}
}

func TestRegister_ForgetsAfterTwoSeconds(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1", "ES256")
	issuer := newAgencyIssuer(t, key.public())
	h := newHub(t, trust(issuer, "TOWN"))
	token := key.token(t, goodClaims(issuer.URL))
	if reply := h.ask(t, token); reply.Code != "" {
		t.Fatal(reply.Log)
	}
	if _, err := h.db.Exec(t.Context(), `UPDATE staff SET active = false WHERE code = 'lin'`); err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(registerFor - time.Millisecond)
	if reply := h.ask(t, token); reply.Code != "" {
		t.Errorf("the register was asked before two seconds: %s", reply.Log)
	}
	h.clock.Advance(time.Millisecond)
	reply := h.ask(t, token)
	if want := fault.Public(refuseDisabled()).Sentence(); reply.Sentence != want {
		t.Errorf("want %q, got %q", want, reply.Sentence)
	}
}

func TestRegister_ClockSetBack(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1", "ES256")
	issuer := newAgencyIssuer(t, key.public())
	h := newHub(t, trust(issuer, "TOWN"))
	claims := goodClaims(issuer.URL)
	h.clock.Advance(5 * time.Minute)
	token := key.token(t, claims)
	if reply := h.ask(t, token); reply.Code != "" {
		t.Fatal(reply.Log)
	}
	if _, err := h.db.Exec(t.Context(), `UPDATE staff SET active = false WHERE code = 'lin'`); err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(-5 * time.Minute)
	reply := h.ask(t, token)
	if want := fault.Public(refuseDisabled()).Sentence(); reply.Sentence != want {
		t.Errorf("after the clock was set back: want %q, got %q", want, reply.Sentence)
	}
}

func TestRegister_OutOfReach(t *testing.T) {
	t.Parallel()
	h := newHub(t, Issuer{
		URL: "https://issuer.example", AgencyCode: "TOWN", Audience: hubAudience, JWKSURL: "https://issuer.example/jwks",
	})
	register, err := NewRegister(h.db, h.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	first, err := register.Find(t.Context(), "TOWN", "lin")
	if err != nil {
		t.Fatal(err)
	}
	first.Posts[0].Role = "CHANGED"
	if again, err := register.Find(t.Context(), "TOWN", "lin"); err != nil || again.Posts[0].Role != "DIR" {
		t.Errorf("one caller changed another's posts: %v %v", again.Posts, err)
	}
	h.db.Close()
	h.clock.Advance(registerFor)
	if _, err := register.Find(t.Context(), "TOWN", "lin"); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("want %s without a database, got %v", fault.Unavailable, err)
	}
}
