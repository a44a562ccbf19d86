package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/bench/contestant"
)

// samples is how many questions of each workload are compared.
const samples = 5

// equalWork asks everybody the same questions, compares the answers and keeps
// their sizes. A difference ends the run: nothing is timed before it is mended.
func (m *measurement) equalWork(ctx context.Context) error {
	for _, w := range m.workloads {
		keys := w.keys(m, rand.New(rand.NewPCG(3, 4))) //nolint:gosec // a repeatable stream is the point
		for i := range min(samples, len(keys)) {
			if err := m.compare(ctx, w, keys[i]); err != nil {
				return fmt.Errorf("%s: %w", w.code, err)
			}
		}
	}
	return nil
}

func (m *measurement) compare(ctx context.Context, w workload, k contestant.Key) error {
	var reference, first string
	for _, c := range m.contestants {
		body, err := c.Ask(ctx, w.code, k)
		if errors.Is(err, contestant.ErrNotAsked) {
			continue
		}
		if err != nil {
			return err
		}
		m.note(w.code, c.Name, len(body))
		if w.compared != whole {
			continue
		}
		text, err := canonical(body, c.Canonical)
		if err != nil {
			return err
		}
		if len(text) < 20 {
			return fmt.Errorf("%s answers next to nothing: %s", c.Name, text)
		}
		if reference == "" {
			reference, first = text, c.Name
		}
		if text != reference {
			return fmt.Errorf("%s and %s differ (-%s +%s):\n%.3000s", first, c.Name, first, c.Name,
				cmp.Diff(strings.Split(reference, "\n"), strings.Split(text, "\n")))
		}
	}
	return nil
}

func (m *measurement) note(workload, contestant string, size int) {
	if m.sizes[workload] == nil {
		m.sizes[workload] = map[string]int{}
	}
	m.sizes[workload][contestant] = max(m.sizes[workload][contestant], size)
}

// canonical is the data of an answer in a form that all contestants share: ids
// translated, scalars as text, nulls and empty things dropped, lists sorted.
func canonical(body []byte, internal func(string) string) (string, error) {
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	var answer struct {
		Data any `json:"data"`
	}
	if err := decoder.Decode(&answer); err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(plain("", answer.Data, internal), "", " ")
	return string(text), err
}

func plain(name string, v any, internal func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, member := range v {
			if p := plain(key, member, internal); p != nil {
				out[key] = p
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		return list(v, internal)
	case nil:
		return nil
	case string:
		if name == "id" {
			return internal(v)
		}
		return v
	default:
		return fmt.Sprint(v)
	}
}

func list(v []any, internal func(string) string) any {
	texts := make([]string, 0, len(v))
	byText := map[string]any{}
	for _, member := range v {
		p := plain("", member, internal)
		text, err := json.Marshal(p)
		if err != nil {
			continue // made of maps, lists and strings: cannot fail
		}
		texts = append(texts, string(text))
		byText[string(text)] = p
	}
	if len(texts) == 0 {
		return nil
	}
	slices.Sort(texts)
	out := make([]any, len(texts))
	for i, text := range texts {
		out[i] = byText[text]
	}
	return out
}
