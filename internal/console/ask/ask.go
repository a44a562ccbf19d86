package ask

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/Khan/genqlient/graphql"
)

// Client asks for people.
type Client struct {
	// Hub is the handler of /graphql.
	Hub http.Handler
}

// As is who asks, in which post, why and on which ticket.
type As struct {
	// Page is the request that the answer is for: address and connection are passed on.
	Page                         *http.Request
	Token, Post, Purpose, Ticket string
}

// Shortfall is what an answer lacks of one coordinate.
type Shortfall struct {
	Coordinate, Form, Reason string
	Count                    int
	Unlock                   *struct{ ZH, EN string }
}

// Receipt is what the hub says about its own answer.
type Receipt struct {
	Entry, At, PolicyVersion, LegalBasis, Outcome string
	Withheld, Masked                              []Shortfall
	Truncated                                     []string
}

// Answer is data with its receipt.
type Answer struct {
	Data    json.RawMessage
	Receipt Receipt
}

// Refusal is the hub's no.
type Refusal struct { //nolint:errname // the word of the field
	Code, Sentence, TraceID string
	Status                  int
}

// Error is the code: sentences are for pages.
func (r *Refusal) Error() string { return "refused: " + r.Code }

// Ask sends one named operation.
func (c *Client) Ask(ctx context.Context, as As, document, operation string, variables any) (Answer, error) {
	body, err := json.Marshal(map[string]any{"query": document, "operationName": operation, "variables": variables})
	if err != nil {
		return Answer{}, fmt.Errorf("ask %s: %w", operation, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("ask %s: %w", operation, err)
	}
	request.RemoteAddr, request.TLS = as.Page.RemoteAddr, as.Page.TLS
	request.Header["X-Forwarded-For"] = as.Page.Header.Values("X-Forwarded-For")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+as.Token)
	for name, value := range map[string]string{"Tongxin-Post": as.Post, "Tongxin-Purpose": as.Purpose, "Tongxin-Ticket": as.Ticket} {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	w := &writer{header: http.Header{}, status: http.StatusOK}
	c.Hub.ServeHTTP(w, request)
	return w.answer(operation)
}

// For is a client of generated code, for one person; receipt, where given, takes what
// the hub says about the answer.
func (c *Client) For(as As, receipt *Receipt) graphql.Client { return bound{c, as, receipt} }

type bound struct {
	client  *Client
	as      As
	receipt *Receipt
}

// MakeRequest implements graphql.Client.
func (b bound) MakeRequest(ctx context.Context, q *graphql.Request, into *graphql.Response) error {
	answer, err := b.client.Ask(ctx, b.as, q.Query, q.OpName, q.Variables)
	if err != nil {
		return err
	}
	if b.receipt != nil {
		*b.receipt = answer.Receipt
	}
	return json.Unmarshal(answer.Data, into.Data)
}

// writer takes an answer that never touches the network.
type writer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *writer) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *writer) WriteHeader(status int) { w.status = status }

// Write implements http.ResponseWriter.
func (w *writer) Write(b []byte) (int, error) { return w.body.Write(b) }

func (w *writer) answer(operation string) (Answer, error) {
	var got struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Code, TraceID string }
		}
		Extensions struct{ Disclosure Receipt }
	}
	if err := json.Unmarshal(w.body.Bytes(), &got); err != nil {
		return Answer{}, fmt.Errorf("ask %s: %w", operation, err)
	}
	if len(got.Errors) > 0 {
		e := got.Errors[0]
		return Answer{}, &Refusal{Code: e.Extensions.Code, Sentence: e.Message, TraceID: e.Extensions.TraceID, Status: w.status}
	}
	return Answer{got.Data, got.Extensions.Disclosure}, nil
}
