package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/server"
)

// queryCanceled is the SQLSTATE of a statement that took too long.
const queryCanceled = "57014"

// badCharacter is the SQLSTATE of a text with NUL.
const badCharacter = "22021"

// refuse records the refusal and says why, in a sentence from the closed list.
// That nothing could be recorded is not recorded either: a second attempt would
// keep the caller waiting twice as long as promised. The hub's own log has it.
func (h *Hub) refuse(ctx context.Context, q *disclosure.Question, a *disclosure.Access, cause error) server.Reply {
	cause = understood(cause)
	switch fault.CodeOf(cause) {
	case fault.AuditUnavailable:
		h.log.WarnContext(ctx, "operation refused without an entry", slog.String("trace", q.TraceID), slog.Any("error", cause))
	case fault.Internal:
		h.log.ErrorContext(ctx, "operation failed", slog.String("trace", q.TraceID), slog.Any("error", cause))
		cause = h.gate.Refuse(ctx, q, a, cause)
	default:
		cause = h.gate.Refuse(ctx, q, a, cause)
	}
	public := fault.Public(cause)
	return server.Reply{
		Body: errorBody(public, q.TraceID), RequestError: true, Code: public.Code, Purpose: q.Purpose, Recorded: q.Recorded,
	}
}

// understood names what PostgreSQL or the context refused: a database out of
// reach, work that took too long, characters that no text of it can hold.
func understood(err error) error {
	if postgres.Code(err) == badCharacter {
		return fault.Wrap(fault.BadRequest, "请求中含有不能使用的字符。", "The request holds a character that cannot be used.", err)
	}
	if fault.CodeOf(err) != fault.Internal { // whoever named it knew more: a log that took too long is no slow question
		return err
	}
	if postgres.Unreachable(err) {
		return fault.Wrap(fault.Unavailable, "数据库暂时无法访问，请稍后重试。", "The database is out of reach; retry shortly.", err)
	}
	if errors.Is(err, context.DeadlineExceeded) || postgres.Code(err) == queryCanceled {
		return fault.Wrap(fault.Timeout, "查询超时，请缩小范围后重试。", "The operation took too long; ask for less.", err)
	}
	return err
}

// errorBody is a GraphQL response that holds one error and no data.
func errorBody(e *fault.Error, trace string) []byte {
	type extensions struct {
		Code    fault.Code `json:"code"`
		TraceID string     `json:"traceId,omitempty"`
	}
	type item struct {
		Message    string     `json:"message"`
		Extensions extensions `json:"extensions"`
	}
	body, err := json.Marshal(map[string][]item{"errors": {{e.Sentence(), extensions{e.Code, trace}}}})
	if err != nil {
		return []byte(`{"errors":[{"message":"Internal error","extensions":{"code":"INTERNAL"}}]}`)
	}
	return body
}

// at is the fault of a document that does not fit the schema.
func at(line, column int, cause error) error {
	return fault.Wrap(fault.ValidationFailed,
		fmt.Sprintf("第%d行第%d列与发布的结构不符，请对照 /schema.graphql。", line, column),
		fmt.Sprintf("Line %d, column %d does not fit the published schema; compare with /schema.graphql.", line, column), cause)
}
