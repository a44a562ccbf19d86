package contestant

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/bench/load"
	"github.com/tongxin-hub/tongxin/bench/process"
)

// Key is one question of a workload, in nobody's language: internal ids.
type Key struct {
	ID   int64
	IDs  []int64
	Page int
	// Statement is the reason of a reveal.
	Statement string
}

// Contestant is a running server.
type Contestant struct {
	// Name is HUB, A, B or P; What says what it is.
	Name, What string
	Addr       string
	Process    *process.Process
	// Cold is the time from start to the first answer.
	Cold time.Duration
	// Request builds the request of a workload; ErrNotAsked where this contestant
	// has no such question.
	Request func(workload string, k Key) (load.Request, error)
	// Canonical turns an id of this contestant into the internal one.
	Canonical func(id string) string
}

// ErrNotAsked says that a contestant does not take part in a workload.
var ErrNotAsked = errors.New("not asked of this contestant")

//go:embed hub/*.graphql postgraphile/*.graphql
var documents embed.FS

// Document is a contestant's operation of a workload.
func Document(contestant, workload string) (string, error) {
	content, err := documents.ReadFile(contestant + "/" + workload + ".graphql")
	if err != nil {
		return "", fmt.Errorf("%s of %s: %w", workload, contestant, ErrNotAsked)
	}
	return string(content), nil
}

// graphql is the body of a GraphQL request.
func graphql(query string, variables map[string]any) ([]byte, error) {
	return json.Marshal(map[string]any{"query": query, "variables": variables})
}

// startLimit bounds the start of a contestant.
const startLimit = 60 * time.Second

// firstAnswer waits until the contestant answers a first question and notes how
// long that took since began.
func (c *Contestant) firstAnswer(ctx context.Context, began time.Time, k Key) error {
	err := c.Process.Until(ctx, startLimit, func(ctx context.Context) error {
		_, err := c.Ask(ctx, "w1", k)
		return err
	})
	c.Cold = time.Since(began)
	return err
}

// Ask asks one question on a connection of its own.
func (c *Contestant) Ask(ctx context.Context, workload string, k Key) ([]byte, error) {
	request, err := c.Request(workload, k)
	if err != nil {
		return nil, err
	}
	return c.Send(ctx, request)
}

// Send sends one request on a connection of its own.
func (c *Contestant) Send(ctx context.Context, request load.Request) ([]byte, error) {
	client, err := load.Dial(ctx, c.Addr)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return client.Do(request)
}

// decode reads the data member of an answer.
func decode(body []byte, into any) error {
	return json.Unmarshal(body, &struct {
		Data any `json:"data"`
	}{into})
}
