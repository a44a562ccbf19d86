package contestant

import (
	"strconv"

	"github.com/tongxin-hub/tongxin/bench/load"
)

// pageSize of the paged workloads.
const pageSize = 50

func (h *Hub) walkCases(client *load.Client) error {
	after := map[string]any{}
	for range h.env.Pages - 1 {
		var page struct {
			DropoutCases struct {
				Nodes    []struct{ ID, FoundOn string }
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		if err := h.walk(client, "w3walk", after, &page); err != nil {
			return err
		}
		nodes := page.DropoutCases.Nodes
		if !page.DropoutCases.PageInfo.HasNextPage || len(nodes) == 0 {
			break
		}
		last := nodes[len(nodes)-1]
		id, err := strconv.ParseInt(h.internal(last.ID), 10, 64)
		if err != nil {
			return err
		}
		h.Cases = append(h.Cases, Place{On: last.FoundOn, ID: id})
		h.afterCases = append(h.afterCases, page.DropoutCases.PageInfo.EndCursor)
		after["after"] = page.DropoutCases.PageInfo.EndCursor
	}
	h.env.Pages = len(h.Cases) + 1
	return nil
}

// walkChildren goes to the page asked for, or as deep as the children reach.
func (h *Hub) walkChildren(client *load.Client) error {
	rows := 0
	after := map[string]any{}
	for wanted := (h.env.Deep - 1) * pageSize; rows < wanted; {
		var page struct {
			Children struct {
				Edges []struct {
					Cursor string
					Node   struct{ ID string }
				}
				PageInfo struct{ HasNextPage bool }
			}
		}
		after["first"] = min(2*pageSize, wanted-rows)
		if err := h.walk(client, "w4walk", after, &page); err != nil {
			return err
		}
		edges := page.Children.Edges
		if !page.Children.PageInfo.HasNextPage || len(edges) < pageSize {
			break
		}
		end := edges[len(edges)/pageSize*pageSize-1]
		id, err := strconv.ParseInt(h.internal(end.Node.ID), 10, 64)
		if err != nil {
			return err
		}
		rows += len(edges) / pageSize * pageSize
		h.LastChild, h.afterDeep = id, end.Cursor
		after["after"] = end.Cursor
	}
	h.env.Deep = rows/pageSize + 1
	return nil
}

func (h *Hub) walk(client *load.Client, name string, variables map[string]any, into any) error {
	request, err := h.post(h.system, name, variables)
	if err != nil {
		return err
	}
	body, err := client.Do(request)
	if err != nil {
		return err
	}
	return decode(body, into)
}
