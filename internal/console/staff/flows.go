package staff

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/flow"
)

// panel is what is under way about a child in one flow: where its records stand, which
// machine moves them, what begins one.
type panel struct {
	machine, typename, state string
	path                     []string
	// begin starts a record, extra are moves on one that the machine does not know.
	begin, extra []string
	// single says that nothing begins while one is under way.
	single bool
	// still records are moved on a page of their own.
	still bool
	// stateOf reads the state where no field holds it.
	stateOf func(head map[string]any) string
	// machineOf names the machine of a record where not all have the panel's.
	machineOf func(head map[string]any) string
}

// exceptions are panels that do not follow from schema and machine alone.
func exceptions() []panel {
	return []panel{
		{machine: "dropout", single: true},
		{machine: "visit", path: []string{"visits(first: 6)", "nodes"}, typename: "Visit", state: "state", begin: []string{"planUrgentVisit"}},
		{machine: "referral", single: true},
		{machine: "registration", path: []string{"registration"}, typename: "Registration", stateOf: registered, extra: []string{"confirmRisk"}, single: true},
		{machine: "transfer", path: []string{"transfers"}, typename: "TransferRequest", state: "state", machineOf: wayOf},
		{machine: "report", path: []string{"reports"}, typename: "MandatoryReport", state: "state", still: true},
		{machine: "consultation", path: []string{"consultations"}, typename: "Consultation", state: "state", still: true, begin: []string{"proposeConsultation"}},
	}
}

// elsewhere are machines whose records have pages of their own; corrections stand at the
// fact, what one is asked about own accesses under /asked, what goes to another county
// among the transfers.
func elsewhere(machine string) bool {
	return slices.Contains([]string{"transferBetween", "correction", "inquiry", "guardianCorrection", "fileCopy", "copyPart", "complaint", "review item", "break-glass review"}, machine)
}

// registered is where a registration stands: who is claimed is a candidate still. What
// is withheld is nowhere.
func registered(head map[string]any) string {
	status, _ := head["status"].(string)
	if status == "CANDIDATE" && head["claimedOn"] != nil {
		return "CLAIMED"
	}
	return status
}

// wayOf is the way of a transfer: one to another county goes on when that answers.
func wayOf(head map[string]any) string {
	if head["mode"] != nil && head["mode"] != "WITHIN" && head["state"] != "REQUESTED" && head["state"] != "RECEIVED" {
		return "transferBetween"
	}
	return "transfer"
}

// panels are those of all flows about children, in the order of the machines.
func panels(c *page.Site) []panel {
	var out []panel
	for _, m := range c.Machines {
		p := panel{machine: m.Name}
		if i := slices.IndexFunc(exceptions(), func(e panel) bool { return e.machine == m.Name }); i >= 0 {
			p = exceptions()[i]
		}
		if elsewhere(m.Name) {
			continue
		}
		if p.typename == "" {
			p.typename, p.path, p.state = standing(c, m)
		}
		begin, extra := beside(c, m)
		p.begin, p.extra = union(p.begin, begin), union(p.extra, extra)
		if p.typename != "" || len(p.begin) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// standing finds the records of a machine on the child: a list of a type with the
// machine's states.
func standing(c *page.Site, m flow.Machine) (typename string, path []string, state string) {
	schema := c.Lexicon.Schema()
	for _, f := range schema.Types["Child"].Fields {
		def := schema.Types[f.Type.Name()]
		if f.Type.Elem == nil || len(f.Arguments) > 0 || def.Kind != ast.Object {
			continue
		}
		for _, inner := range def.Fields {
			if hasStates(schema.Types[inner.Type.Name()], m) {
				return def.Name, []string{f.Name}, inner.Name
			}
		}
	}
	return "", nil, ""
}

// hasStates: every state of the enum is one of the machine, and at least the final ones
// are there.
func hasStates(enum *ast.Definition, m flow.Machine) bool {
	if enum == nil || enum.Kind != ast.Enum {
		return false
	}
	for _, v := range enum.EnumValues {
		if _, known := m.State(v.Name); !known {
			return false
		}
	}
	return !slices.ContainsFunc(m.States, func(s flow.State) bool { return s.Final && enum.EnumValues.ForName(s.Code) == nil })
}

// beside are mutations that answer as the moves of a machine do and are none of them:
// those that begin a record of a child, and those that change one.
func beside(c *page.Site, m flow.Machine) (begin, extra []string) {
	schema := c.Lexicon.Schema()
	payloads := map[string]bool{}
	named := map[string]bool{}
	for _, move := range m.Moves {
		named[move.Name] = true
		if def := c.Lexicon.Mutation(move.Name); def != nil {
			payloads[def.Type.Name()] = true
		}
	}
	for _, def := range schema.Mutation.Fields {
		if strings.HasPrefix(def.Name, "__") || len(def.Arguments) != 1 {
			continue
		}
		members := schema.Types[def.Arguments[0].Type.Name()].Fields
		onRecord := members.ForName("id") != nil || members.ForName("version") != nil || members.ForName("task") != nil
		switch {
		case members.ForName("child") != nil && !onRecord && members.ForName("child").Type.NonNull && (named[def.Name] || payloads[def.Type.Name()] && c.MachineOf(def.Name).Name == ""):
			begin = append(begin, def.Name)
		case !named[def.Name] && payloads[def.Type.Name()] && members.ForName("id") != nil:
			extra = append(extra, def.Name)
		}
	}
	return begin, extra
}

func union(a, b []string) []string {
	for _, one := range b {
		if !slices.Contains(a, one) {
			a = append(a, one)
		}
	}
	return a
}
