package server

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
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
	body, err := s.whole(w, r)
	if err != nil {
		return Request{}, s.unread(err)
	}
	return decode(body)
}

// announced is the longest body for which room is made before it has arrived.
const announced = 64 << 10

// whole reads the body, within the limit.
func (s *Server) whole(w http.ResponseWriter, r *http.Request) (string, error) {
	if n := r.ContentLength; n >= 0 && n <= min(announced, s.cfg.Limits.Body) {
		body := make([]byte, n)
		_, err := io.ReadFull(r.Body, body)
		return string(body), err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.cfg.Limits.Body))
	return string(body), err
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
func decode(body string) (Request, error) {
	if strings.HasPrefix(strings.TrimLeft(body, " \t\r\n"), "[") {
		return Request{}, &problem{err: fault.New(fault.BadRequest,
			"不接受批量请求，请逐个发送。", "Batches are not accepted; send one request at a time.")}
	}
	if !utf8.ValidString(body) {
		return Request{}, malformed()
	}
	value, err := parseJSON(body)
	members, ok := value.(map[string]any)
	if err != nil || value != nil && !ok {
		return Request{}, malformed()
	}
	return assemble(members)
}

// assemble takes the members that a request has; null is as good as absent.
func assemble(members map[string]any) (Request, error) {
	var req Request
	query := members["query"]
	ok := query == nil || into(&req.Query, query)
	ok = into(&req.OperationName, members["operationName"]) && ok
	ok = into(&req.Variables, members["variables"]) && ok
	ok = into(&req.Extensions, members["extensions"]) && ok
	switch {
	case !ok:
		return Request{}, malformed()
	case query == nil:
		return Request{}, &problem{err: fault.New(fault.BadRequest,
			"请求缺少 query。", "The request has no query.")}
	}
	return req, nil
}

// into sets a member of a request, unless its value is null; false means that it
// is of another type.
func into[T any](member *T, value any) bool {
	if value == nil {
		return true
	}
	var ok bool
	*member, ok = value.(T)
	return ok
}

// readURL reads a query from the URL; a mutation is refused.
func (s *Server) readURL(r *http.Request) (Request, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return Request{}, malformed()
	}
	members := map[string]any{}
	for name, isText := range map[string]bool{
		"query": true, "operationName": true, "variables": false, "extensions": false,
	} {
		sent := values[name]
		switch {
		case len(sent) == 0:
		case len(sent) > 1 || !utf8.ValidString(sent[0]):
			return Request{}, malformed()
		case isText:
			members[name] = sent[0]
		default:
			if members[name], err = parseJSON(sent[0]); err != nil {
				return Request{}, malformed()
			}
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
