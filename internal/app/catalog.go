package app

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/accesslog"
	"github.com/tongxin-hub/tongxin/internal/agency"
	"github.com/tongxin-hub/tongxin/internal/auditpack"
	"github.com/tongxin-hub/tongxin/internal/child"
	"github.com/tongxin-hub/tongxin/internal/complaint"
	"github.com/tongxin-hub/tongxin/internal/consultation"
	"github.com/tongxin-hub/tongxin/internal/correction"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/dropoutreport"
	"github.com/tongxin-hub/tongxin/internal/education"
	"github.com/tongxin-hub/tongxin/internal/extract"
	"github.com/tongxin-hub/tongxin/internal/family"
	"github.com/tongxin-hub/tongxin/internal/federation"
	"github.com/tongxin-hub/tongxin/internal/health"
	"github.com/tongxin-hub/tongxin/internal/logstatus"
	"github.com/tongxin-hub/tongxin/internal/matching"
	"github.com/tongxin-hub/tongxin/internal/measure"
	"github.com/tongxin-hub/tongxin/internal/outreach"
	"github.com/tongxin-hub/tongxin/internal/pairing"
	"github.com/tongxin-hub/tongxin/internal/policychange"
	"github.com/tongxin-hub/tongxin/internal/protection"
	"github.com/tongxin-hub/tongxin/internal/readnotice"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/internal/register"
	"github.com/tongxin-hub/tongxin/internal/report"
	"github.com/tongxin-hub/tongxin/internal/retention"
	"github.com/tongxin-hub/tongxin/internal/review"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
	"github.com/tongxin-hub/tongxin/internal/statistics"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/internal/visit"
	"github.com/tongxin-hub/tongxin/policy"
)

// Records says of every type of all areas where it is stored.
func Records() []record.Type {
	return slices.Concat(
		access.Records(), accesslog.Records(), agency.Records(), auditpack.Records(), child.Records(), complaint.Records(), consultation.Records(), dropoutreport.Records(), measure.Records(), education.Records(), family.Records(), extract.Records(),
		federation.Records(), health.Records(), policychange.Records(), protection.Records(), matching.Records(), outreach.Records(), pairing.Records(), readnotice.Records(), register.Records(), retention.Records(), review.Records(), rights.Records(), report.Records(), safeguard.Records(),
		statistics.Records(), task.Records(), ticket.Records(), visit.Records(), logstatus.Records(),
	)
}

// Catalog joins the schema with the storage of all areas.
func Catalog(schema *ast.Schema) (*disclosure.Catalog, error) {
	roots := slices.Concat(
		access.Roots(), accesslog.Roots(), agency.Roots(), auditpack.Roots(), child.Roots(), complaint.Roots(), consultation.Roots(), correction.Roots(), dropoutreport.Roots(), measure.Roots(), education.Roots(), extract.Roots(), report.Roots(), safeguard.Roots(), matching.Roots(), outreach.Roots(), pairing.Roots(), policychange.Roots(),
		protection.Roots(), readnotice.Roots(), retention.Roots(), review.Roots(), rights.Roots(), statistics.Roots(), task.Roots(), ticket.Roots(), visit.Roots(), logstatus.Roots(), record.NodeRoots(),
	)
	return disclosure.NewCatalog(schema, Records(), roots)
}

// classified holds the schema against the policy: a coordinate or a root field
// without a group of the matrix must not be served.
func classified(schema *ast.Schema, catalog *disclosure.Catalog, p *policy.Policy) error {
	coordinates := catalog.Coordinates()
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation} {
		for _, f := range root.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				coordinates = append(coordinates, root.Name+"."+f.Name)
			}
		}
	}
	known := p.Coordinates()
	slices.Sort(coordinates)
	for _, c := range coordinates {
		if !slices.Contains(known, c) {
			return fmt.Errorf("%s belongs to no group of the matrix: add the line `g2, %s, <group>` to policy/groups.csv", c, c)
		}
	}
	for _, c := range known {
		if _, found := slices.BinarySearch(coordinates, c); !found {
			return fmt.Errorf("policy/groups.csv names %s, which schema/ does not have: remove the line", c)
		}
	}
	return nil
}
