package admin

import (
	"encoding/json"
	"net/url"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// tab is one list of the administration, as data: its document, the machine of its
// records, what a row shows, by what it is searched, and the forms that begin something.
type tab struct {
	name, document, root, machine string
	typename                      string
	columns                       []string
	filters                       []string
	begins                        []string
	paged                         bool
	// own says by which filter one record is found again; none: the list is short.
	own string
}

// tabs are all lists, in the order of the page.
func tabs() []tab {
	return []tab{
		{
			name: "proposals", document: "ConsoleAccessProposals", root: "accessProposals", machine: "accessProposal", typename: "AccessProposal", paged: true,
			columns: []string{"kind", "subject", "after", "state", "proposedBy", "proposedAt"}, filters: []string{"state"},
		},
		{
			name: "posts", document: "ConsoleAccessPosts", root: "accessPosts", machine: "post", typename: "AccessPost", paged: true, own: "staffCode",
			columns: []string{"staffCode", "staffName", "role", "place", "agencyName", "standing", "authorisedUntil", "vettedUntil", "lastUsedOn"},
			filters: []string{"staffCode", "role", "agencyCode", "state"}, begins: []string{"proposePost"},
		},
		{
			name: "people", document: "ConsoleStaffAccounts", root: "staffAccounts", machine: "staffAccount", typename: "StaffAccount", paged: true, own: "code",
			columns: []string{"code", "name", "agencyName", "state", "vettedUntil"},
			filters: []string{"code", "agencyCode", "vettedBefore"}, begins: []string{"registerStaff"},
		},
		{
			name: "contracts", document: "ConsoleContracts", root: "contracts", machine: "contract", typename: "ServiceContract",
			columns: []string{"number", "agencyName", "project", "state", "validFrom", "validTo", "returnedOn"}, begins: []string{"proposeContract"},
		},
		{
			name: "clients", document: "ConsoleApiClients", root: "apiClients", machine: "client", typename: "ApiClient",
			columns: []string{"code", "name", "agencyName", "state", "purposes", "lastSeenOn", "rotatedOn"}, begins: []string{"registerClient"},
		},
		{name: "settings"},
		{
			name: "jobs", document: "ConsoleHubJobs", root: "hubJobs", typename: "HubJob",
			columns: []string{"name", "startedAt", "done", "expected", "endedAt", "checkedAt", "failures", "failedAt"},
		},
		{
			name: "changes", document: "ConsoleAccessChanges", root: "accessChanges", typename: "AccessChange", paged: true,
			columns: []string{"at", "what", "subject", "before", "after", "by", "reason"}, filters: []string{"subject"},
		},
		{
			name: "confirm", document: "ConsolePostsToConfirm", root: "postsToConfirm", machine: "post", typename: "AccessPost", paged: true,
			columns: []string{"staffCode", "staffName", "role", "place", "agencyName", "standing", "lastUsedOn", "confirmedOn"},
		},
	}
}

// find is a list by its name.
func find(name string) (tab, bool) {
	all := tabs()
	i := slices.IndexFunc(all, func(t tab) bool { return t.name == name })
	if i < 0 {
		return tab{}, false
	}
	return all[i], true
}

// where the rows stand in the answer.
func (t tab) path() []string {
	if t.paged {
		return []string{t.root, "nodes"}
	}
	return []string{t.root}
}

// variables are the filter that was asked for, and the page.
func (t tab) variables(asked url.Values) map[string]any {
	out := map[string]any{}
	if t.paged {
		if after := asked.Get("after"); after != "" {
			out["after"] = after
		}
	}
	filter := map[string]any{}
	for _, name := range t.filters {
		if value := asked.Get(name); value != "" {
			filter[name] = value
		}
	}
	if len(filter) > 0 {
		out["filter"] = filter
	}
	return out
}

// next is the cursor of the next page, "" on the last one.
func (t tab) next(data json.RawMessage) string {
	var got map[string]struct {
		PageInfo struct {
			HasNextPage bool
			EndCursor   *string
		}
	}
	if !t.paged || json.Unmarshal(data, &got) != nil {
		return ""
	}
	return page.Next(got[t.root].PageInfo.HasNextPage, got[t.root].PageInfo.EndCursor)
}
