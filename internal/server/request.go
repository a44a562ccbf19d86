package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/limit"
)

// readRequest checks method and media type and reads the GraphQL request. Its
// errors are *problem and repeat nothing of what was sent.
func (s *Server) readRequest(w http.ResponseWriter, r *http.Request) (Request, error) {
	var req Request
	var err error
	switch {
	case r.Method == http.MethodPost:
		req, err = s.readBody(w, r)
	case r.Method == http.MethodGet && s.cfg.AllowGET:
		req, err = s.readURL(r)
	default:
		return Request{}, s.wrongMethod()
	}
	if err != nil {
		return Request{}, err
	}
	req.Header = Header{
		Purpose: r.Header.Get("Tongxin-Purpose"),
		Ticket:  r.Header.Get("Tongxin-Ticket"),
		Post:    r.Header.Get("Tongxin-Post"),
	}
	return req, nil
}

func (s *Server) readBody(w http.ResponseWriter, r *http.Request) (Request, error) {
	if !isJSON(r.Header.Get("Content-Type")) || len(r.Header.Values("Content-Type")) > 1 {
		return Request{}, &problem{status: http.StatusUnsupportedMediaType, err: fault.New(fault.BadRequest,
			"请求正文必须是 UTF-8 编码的 application/json。", "The request body must be application/json in UTF-8.")}
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return Request{}, &problem{status: http.StatusUnsupportedMediaType, err: fault.New(fault.BadRequest,
			"请求正文不得压缩。", "The request body must not be compressed.")}
	}
	if err := limit.CheckBody(r.ContentLength, s.cfg.Limits); err != nil {
		return Request{}, tooLarge(err)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.cfg.Limits.Body))
	if err != nil {
		return Request{}, s.unread(err)
	}
	return decode(body)
}

// unread explains a body that did not arrive whole.
func (s *Server) unread(err error) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return tooLarge(limit.CheckBody(s.cfg.Limits.Body+1, s.cfg.Limits))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &problem{status: http.StatusRequestTimeout, err: fault.New(fault.BadRequest,
			"请求正文未在规定时间内送达。", "The request body did not arrive in time.")}
	default:
		return malformed()
	}
}

// decode reads the members of a request by their exact names. Numbers in
// variables keep their digits.
func decode(body []byte) (Request, error) {
	if first := bytes.TrimLeft(body, " \t\r\n"); len(first) > 0 && first[0] == '[' {
		return Request{}, &problem{err: fault.New(fault.BadRequest,
			"不接受批量请求，请逐个发送。", "Batches are not accepted; send one request at a time.")}
	}
	var members map[string]json.RawMessage
	if !utf8.Valid(body) || json.Unmarshal(body, &members) != nil {
		return Request{}, malformed()
	}
	return assemble(members)
}

func assemble(members map[string]json.RawMessage) (Request, error) {
	var req Request
	var query *string
	for name, into := range map[string]any{
		"query": &query, "operationName": &req.OperationName,
		"variables": &req.Variables, "extensions": &req.Extensions,
	} {
		raw, sent := members[name]
		if !sent {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if d.Decode(into) != nil {
			return Request{}, malformed()
		}
	}
	if query == nil {
		return Request{}, &problem{err: fault.New(fault.BadRequest,
			"请求缺少 query。", "The request has no query.")}
	}
	req.Query = *query
	return req, nil
}

// readURL reads a query from the URL; a mutation is refused.
func (s *Server) readURL(r *http.Request) (Request, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return Request{}, malformed()
	}
	members := map[string]json.RawMessage{}
	for name, isText := range map[string]bool{
		"query": true, "operationName": true, "variables": false, "extensions": false,
	} {
		sent := values[name]
		switch {
		case len(sent) == 0:
		case len(sent) > 1 || !utf8.ValidString(sent[0]):
			return Request{}, malformed()
		case !isText && !json.Valid([]byte(sent[0])):
			return Request{}, malformed()
		case isText:
			quoted, err := json.Marshal(sent[0])
			if err != nil {
				return Request{}, malformed()
			}
			members[name] = quoted
		default:
			members[name] = json.RawMessage(sent[0])
		}
	}
	req, err := assemble(members)
	if err != nil {
		return Request{}, err
	}
	if isMutation(req, s.cfg.Limits) {
		return Request{}, &problem{
			status: http.StatusMethodNotAllowed, allow: http.MethodPost,
			err: fault.New(fault.BadRequest,
				"变更操作只接受 POST。", "A mutation must be sent by POST."),
		}
	}
	return req, nil
}

// isMutation says whether the operation that would run is a mutation. What
// cannot be parsed goes on to Graph, which explains it.
func isMutation(req Request, limits limit.Limits) bool {
	doc, err := limit.Parse(req.Query, limits)
	if err != nil {
		return false
	}
	op := doc.Operations.ForName(req.OperationName)
	return op != nil && op.Operation == ast.Mutation
}

func (s *Server) wrongMethod() error {
	allow := http.MethodPost
	if s.cfg.AllowGET {
		allow = "GET, POST"
	}
	return &problem{status: http.StatusMethodNotAllowed, allow: allow, err: fault.New(fault.BadRequest,
		"此地址不接受这种请求方法。", "This address does not take requests of this method.")}
}

func malformed() error {
	return &problem{err: fault.New(fault.BadRequest,
		"请求不是合格的 GraphQL 请求：正文须为 JSON 对象，query 为字符串，variables 与 extensions 为对象。",
		"Not a well-formed GraphQL request: the body must be a JSON object with query a string, variables and extensions objects.")}
}

func tooLarge(err error) error {
	return &problem{status: http.StatusRequestEntityTooLarge, err: err}
}
