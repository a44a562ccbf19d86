package identity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// TestRegister_client: a registered client has its purposes and, where one is on file,
// its certificate; a suspended one is refused two seconds later at most; one that is not
// registered, or of another agency, is held to nothing.
func TestRegister_client(t *testing.T) {
	t.Parallel()
	clock, db := newClock(), district(t)
	register, err := NewRegister(db, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `INSERT INTO client (agency_id, code, name, purposes, thumbprint, registered_on)
		SELECT id, 'sys', 'x', '{VISIT}', repeat('A', 43), '2025-01-01' FROM agency WHERE code = 'TOWN'`); err != nil {
		t.Fatal(err)
	}
	find := func(agency, code string) system {
		t.Helper()
		s, err := register.client(t.Context(), agency, code)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	own := find("TOWN", "sys")
	if diff := cmp.Diff([]string{"VISIT"}, own.purposes); diff != "" || !own.registered {
		t.Errorf("registered (-want +got):\n%s", diff)
	}
	for name, test := range map[string]struct {
		system     system
		thumbprint string
		want       fault.Code
	}{
		"with its certificate":     {own, own.thumbprint, ""},
		"without its certificate":  {own, "", fault.Unauthenticated},
		"with another certificate": {own, "B" + own.thumbprint[1:], fault.Unauthenticated},
		"not registered":           {find("TOWN", "other"), "", ""},
		"of another agency":        {find("SOCIAL", "sys"), "", ""},
	} {
		if err := test.system.admits(test.thumbprint); err == nil != (test.want == "") || err != nil && fault.CodeOf(err) != test.want {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	if _, err := db.Exec(t.Context(), `UPDATE client SET active = false`); err != nil {
		t.Fatal(err)
	}
	clock.Advance(registerFor + time.Millisecond)
	if err := find("TOWN", "sys").admits(own.thumbprint); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("suspended: %v", err)
	}
}
