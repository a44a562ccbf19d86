package contestant

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tongxin-hub/tongxin/bench/dataset"
	"github.com/tongxin-hub/tongxin/bench/load"
	"github.com/tongxin-hub/tongxin/bench/process"
	"github.com/tongxin-hub/tongxin/internal/pairwise"
)

// Environment is what all contestants stand on.
type Environment struct {
	// Dir is the benchmark's directory, Tongxin the hub's binary, Self our own.
	Dir, Tongxin, Self string
	Set                *dataset.Set
	Subjects           dataset.Subjects
	// MaxConns is the size of every pool.
	MaxConns int
	// Pages is how many pages of the worklist are asked for; Deep the page of W4b.
	Pages, Deep int
	// Workers of contestant P.
	Workers int
	Profile string
}

// Hub is the hub with what the benchmark knows of it.
type Hub struct {
	Contestant
	// Cases are the last rows of the worklist's pages: where the next begins.
	Cases []Place
	// LastChild is the last child before the deep page.
	LastChild int64

	env         *Environment
	ids         *pairwise.IDs
	issuer      *issuer
	system      string
	leader      string
	afterCases  []string
	afterDeep   string
	queries     map[string]string
	systemAgent dataset.Staff
}

// Place is the last row of a page of the worklist.
type Place struct {
	On string
	ID int64
}

// StartHub starts `tongxin serve`, or the same hub in this program when it is to
// be profiled.
func StartHub(ctx context.Context, e *Environment) (*Hub, error) {
	h := &Hub{
		Contestant: Contestant{Name: "HUB", What: "tongxin serve --no-background: policy, tokens and durable record on"},
		env:        e, ids: pairwise.New(e.Set.Ring.Pairwise()), issuer: newIssuer(e.Dir), queries: map[string]string{},
		systemAgent: e.Subjects.System,
	}
	h.Request, h.Canonical = h.request, h.internal
	for _, s := range []dataset.Staff{e.Subjects.System, e.Subjects.Leader} {
		if err := h.issuer.trust(s.AgencyCode); err != nil {
			return nil, err
		}
	}
	var err error
	if h.system, err = h.issuer.token(e.Subjects.System); err != nil {
		return nil, err
	}
	if h.leader, err = h.issuer.token(e.Subjects.Leader); err != nil {
		return nil, err
	}
	if h.Addr, err = process.FreeAddr(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	if h.Process, err = process.Start(h.command()); err != nil {
		return nil, err
	}
	if err := h.firstAnswer(ctx, began, Key{ID: e.Subjects.Children[0]}); err != nil {
		return nil, errors.Join(err, h.Process.Stop())
	}
	return h, nil
}

// command starts the hub as an operator would, with the rate limit out of the
// way: the benchmark is one caller.
func (h *Hub) command() process.Command {
	arguments := []string{
		"--database-url=" + h.env.Set.URL, "--data-dir=" + h.env.Dir, "--listen=" + h.Addr, "--issuers=" + h.issuer.file,
		"--caller-rate=1000000", "--caller-burst=1000000", "--max-conns=" + strconv.Itoa(h.env.MaxConns),
	}
	c := process.Command{Name: "hub", Path: h.env.Tongxin, Args: append([]string{"serve", "--no-background"}, arguments...), LogDir: h.env.Dir + "/log"}
	if h.env.Profile != "" {
		c.Path, c.Args = h.env.Self, append([]string{"hub", "--no-background", "--cpu-profile=" + h.env.Profile}, arguments...)
	}
	return c
}

// Token signs a further member of staff in, of an agency that already has an
// issuer.
func (h *Hub) Token(s dataset.Staff) (string, error) { return h.issuer.token(s) }

// Ready reports whether an agency's staff can be signed in.
func (h *Hub) Ready(s dataset.Staff) bool { return h.issuer.signers[s.AgencyCode] != nil }

func (h *Hub) request(workload string, k Key) (load.Request, error) {
	token := h.system
	if workload == "w6" {
		token = h.leader
	}
	return h.RequestAs(token, workload, k)
}

// RequestAs is Request with somebody else's token.
func (h *Hub) RequestAs(token, workload string, k Key) (load.Request, error) {
	name := workload
	variables := map[string]any{}
	switch workload {
	case "w1", "w2":
		variables["id"] = h.id("Child", k.ID)
	case "w3":
		if k.Page > 0 {
			variables["after"] = h.afterCases[k.Page-1]
		}
	case "w4a", "w4b":
		name = "w4"
		if workload == "w4b" {
			variables["after"] = h.afterDeep
		}
	case "w5", "w8":
		ids := make([]string, len(k.IDs))
		for i, id := range k.IDs {
			ids[i] = h.id("Child", id)
		}
		variables["ids"] = ids
	case "w7":
		variables["id"], variables["statement"] = h.id("Caregiver", k.ID), k.Statement
	}
	return h.post(token, name, variables)
}

func (h *Hub) post(token, name string, variables map[string]any) (load.Request, error) {
	if h.queries[name] == "" {
		query, err := Document("hub", name)
		if err != nil {
			return nil, err
		}
		h.queries[name] = query
	}
	body, err := graphql(h.queries[name], variables)
	return load.Post(h.Addr, "/graphql", map[string]string{"Authorization": "Bearer " + token}, body), err
}

// id is an identifier as the system's agency knows it.
func (h *Hub) id(typename string, id int64) string {
	return h.ids.Encode(h.systemAgent.AgencyCode, typename, id)
}

func (h *Hub) internal(id string) string {
	_, n, err := h.ids.Decode(h.systemAgent.AgencyCode, id)
	if err != nil {
		return id
	}
	return strconv.FormatInt(n, 10)
}

// Walk finds where the pages of the worklist and the deep page of children begin,
// by asking for all before them. It settles how many pages there are.
func (h *Hub) Walk(ctx context.Context) error {
	client, err := load.Dial(ctx, h.Addr)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := h.walkCases(client); err != nil {
		return fmt.Errorf("walk the worklist: %w", err)
	}
	if err := h.walkChildren(client); err != nil {
		return fmt.Errorf("walk the children: %w", err)
	}
	return nil
}
