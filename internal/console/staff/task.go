package staff

import (
	"encoding/json"
	"maps"
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

// taskSteps are the moves that end the task that led to a page.
func taskSteps(v *page.Visit, h page.Handle, failed *page.Step) []page.Step {
	var out []page.Step
	if h.Of["task"] == "" {
		return nil
	}
	for _, name := range v.Site.TaskMoves[h.Kind] {
		if !v.May("Mutation." + name) {
			continue
		}
		s := v.Step(name, v.Site.MoveName(v.Site.MachineOf(name), name, v.Lang), "", 0, failed)
		s.With["task"], s.First = h.Of["task"], len(out) == 0
		out = append(out, s)
	}
	return out
}

// blind are moves on a record that whoever finds a child makes without reading it; seen
// is the version that was seen under another purpose, if it was.
func blind(v *page.Visit, machine string, seen map[string]string, failed *page.Step) []page.Step {
	version, err := strconv.Atoi(seen[machine])
	if err != nil {
		version = 1
	}
	var out []page.Step
	for _, name := range map[string][]string{"referral": {"informReferralGuardian", "recordUnreachable", "proceedInEmergency"}}[machine] {
		if v.May("Mutation." + name) {
			out = append(out, v.Step(name, v.Site.MoveName(v.Site.Machine(machine), name, v.Lang), "", version, failed))
		}
	}
	return out
}

// seen notes in a handle which version of an open record the page shows.
func seen(h *page.Handle, machine string, records []page.Record) {
	for _, r := range records {
		if !r.Final && r.Version > 0 {
			of := map[string]string{}
			maps.Copy(of, h.Of)
			of[machine] = strconv.Itoa(r.Version)
			h.Of = of
			return
		}
	}
}

// pending are the coordinates of the child that are under correction.
func pending(data json.RawMessage) map[string]bool {
	var got struct {
		Corrections []struct{ Coordinate, State *string }
	}
	out := map[string]bool{}
	if json.Unmarshal(data, &got) != nil {
		return out
	}
	for _, c := range got.Corrections {
		if state := page.Text(c.State); state == "RAISED" || state == "ROUTED" {
			out[page.Text(c.Coordinate)] = true
		}
	}
	return out
}

// disputed marks the facts that are under correction.
func disputed(facts []fact.Fact, coordinates map[string]bool) {
	for i := range facts {
		facts[i].Pending = coordinates[facts[i].Coordinate]
		for _, item := range facts[i].Items {
			disputed(item, coordinates)
		}
	}
}

// mayBreakGlass: the post may open an emergency, and is not in one.
func mayBreakGlass(v *page.Visit) bool {
	in := *v
	in.Hat.Purpose, in.Hat.Ticket = string(policy.Emergency), ""
	return v.Hat.Purpose != string(policy.Emergency) && in.May("Mutation.openEmergency")
}
