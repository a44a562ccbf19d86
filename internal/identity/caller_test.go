package identity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
)

func TestPost_Lapsed(t *testing.T) {
	t.Parallel()
	china := chinatime.Zone()
	lastMoment := time.Date(2025, 10, 15, 23, 59, 59, 0, china)
	midnight := lastMoment.Add(time.Second)
	staff := Staff{Kind: KindPerson, VettedUntil: day(2025, 10, 15)}
	post := Post{ValidFrom: day(2025, 10, 15), ValidTo: day(2025, 10, 16), AuthorisedUntil: day(2025, 10, 15)}
	vetted := staff
	vetted.VettedUntil = day(2099, 1, 1)
	disabled, never, system := vetted, vetted, vetted
	disabled.Disabled, never.VettedUntil = true, time.Time{}
	system.Kind, system.VettedUntil = KindSystem, time.Time{}
	held := Post{ValidFrom: day(2020, 1, 1), AuthorisedUntil: day(2099, 1, 1)}
	unauthorised, endless := held, held
	unauthorised.AuthorisedUntil, endless.ValidFrom = time.Time{}, time.Time{}
	contract := func(from, to time.Time) Post {
		p := held
		p.Contract = &Contract{From: from, To: to}
		return p
	}
	authorised := post
	authorised.AuthorisedUntil = day(2099, 1, 1)
	open := authorised
	open.ValidTo = time.Time{}
	tests := map[string]struct {
		post  Post
		staff Staff
		now   time.Time
		want  string
	}{
		"everything on its last day":            {post, staff, lastMoment, ""},
		"vetting ends at midnight in China":     {held, staff, midnight, LapsedVetting},
		"never vetted":                          {held, never, lastMoment, LapsedVetting},
		"system never assessed":                 {held, system, lastMoment, LapsedVetting},
		"disabled before all else":              {post, disabled, midnight, LapsedAccountDisabled},
		"post left":                             {authorised, vetted, midnight, LapsedPostEnded},
		"post still held":                       {open, vetted, midnight, ""},
		"post starts tomorrow":                  {open, vetted, lastMoment.AddDate(0, 0, -1), LapsedPostNotStarted},
		"post starts at midnight":               {open, vetted, midnight.AddDate(0, 0, -1), ""},
		"post without a start":                  {endless, vetted, midnight, LapsedPostNotStarted},
		"authorisation ends at midnight":        {Post{ValidFrom: held.ValidFrom, AuthorisedUntil: day(2025, 10, 15)}, vetted, midnight, LapsedAuthorisation},
		"never authorised":                      {unauthorised, vetted, midnight, LapsedAuthorisation},
		"contract until 24:00":                  {contract(day(2025, 1, 1), day(2025, 10, 15)), vetted, lastMoment, ""},
		"contract after 24:00":                  {contract(day(2025, 1, 1), day(2025, 10, 15)), vetted, midnight, LapsedContractExpired},
		"contract starts tomorrow":              {contract(day(2025, 10, 16), day(2026, 1, 1)), vetted, lastMoment, LapsedContractNotStarted},
		"contract starts today":                 {contract(day(2025, 10, 16), day(2026, 1, 1)), vetted, midnight, ""},
		"contract without a start":              {contract(time.Time{}, day(2026, 1, 1)), vetted, midnight, LapsedContractNotStarted},
		"contract without an end":               {contract(day(2025, 1, 1), time.Time{}), vetted, midnight, LapsedContractExpired},
		"the zone of the clock does not matter": {held, staff, midnight.In(time.FixedZone("EST", -5*60*60)), LapsedVetting},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.post.Lapsed(test.staff, test.now); got != test.want {
				t.Errorf("want %q, got %q", test.want, got)
			}
		})
	}
}

func TestRegister_ReadsTheStateOfContracts(t *testing.T) {
	t.Parallel()
	clock := newClock()
	register, err := NewRegister(district(t), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	chen, err := register.Find(t.Context(), "SOCIAL", "chen")
	if err != nil {
		t.Fatal(err)
	}
	wantContracts := []*Contract{
		{Number: "HT-1", From: day(2025, 9, 1), To: day(2025, 10, 15), Purposes: []string{"CASE_MGMT"}},
		{Number: "HT-2", To: day(2026, 8, 31), Purposes: []string{"CASE_MGMT"}},
		{Number: "HT-3", From: day(2025, 9, 20), To: day(2025, 10, 1), Purposes: []string{"CASE_MGMT"}},
		{},
	}
	wantLapsed := []string{"", LapsedContractNotStarted, LapsedContractExpired, LapsedContractNotStarted}
	var contracts []*Contract
	var lapsed []string
	for _, post := range chen.Posts {
		contracts = append(contracts, post.Contract)
		lapsed = append(lapsed, post.Lapsed(chen.Staff, schoolDay))
	}
	if diff := cmp.Diff(wantContracts, contracts); diff != "" {
		t.Errorf("contracts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantLapsed, lapsed); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	unvetted, err := register.Find(t.Context(), "TOWN", "new")
	if err != nil || len(unvetted.Posts) != 0 || !unvetted.Staff.VettedUntil.IsZero() {
		t.Errorf("want a person without posts or vetting, got %+v, %v", unvetted, err)
	}
}
