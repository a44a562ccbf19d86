package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The harness must not find equal what differs, nor different what is equal.
func TestCanonical(t *testing.T) {
	t.Parallel()
	reference := `{"data":{"child":{"id":"x7","age":9,"names":[{"n":"b"},{"n":"a"}],"gone":null,"empty":[]}},"extensions":{"entry":"1"}}`
	translate := func(id string) string { return strings.TrimPrefix(id, "x") }
	cases := map[string]struct {
		body  string
		equal bool
	}{
		"other order, ids as numbers, without nulls": {`{"data":{"child":{"age":"9","names":[{"n":"a"},{"n":"b"}],"id":7}}}`, true},
		"another value": {`{"data":{"child":{"id":7,"age":8,"names":[{"n":"a"},{"n":"b"}]}}}`, false},
		"a row less":    {`{"data":{"child":{"id":7,"age":9,"names":[{"n":"a"}]}}}`, false},
		"a row twice":   {`{"data":{"child":{"id":7,"age":9,"names":[{"n":"a"},{"n":"a"},{"n":"b"}]}}}`, false},
		"another child": {`{"data":{"child":{"id":8,"age":9,"names":[{"n":"a"},{"n":"b"}]}}}`, false},
	}
	want, err := canonical([]byte(reference), translate)
	check(t, err)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := canonical([]byte(c.body), func(id string) string { return id })
			check(t, err)
			if diff := cmp.Diff(want, got); (diff == "") != c.equal {
				t.Errorf("equal should be %t: %s", c.equal, diff)
			}
		})
	}
}

// A ratio is printed only when the rounds agree.
func TestRatio(t *testing.T) {
	t.Parallel()
	m := &measurement{cells: map[cellKey][]sample{}}
	hub, other := cellKey{"w1", 8, "HUB"}, cellKey{"w1", 8, "A"}
	for _, n := range []int{100, 104, 96, 102, 400} {
		m.add(hub, n)
		m.add(other, 200)
	}
	calm := m.compareCells(hub, other, func(s sample) float64 { return s.Rate() })
	for range 3 {
		m.add(hub, 900)
		m.add(other, 200)
	}
	wild := m.compareCells(hub, other, func(s sample) float64 { return s.Rate() })
	none := m.compareCells(hub, cellKey{"w9", 8, "A"}, func(s sample) float64 { return s.Rate() })
	got := []string{calm.String(), wild.String(), none.String()}
	want := []string{"**0.51**", "(spread 317 %)", "–"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func (m *measurement) add(key cellKey, requests int) {
	s := sample{}
	s.Requests, s.Elapsed, s.round = requests, time.Second, len(m.cells[key])
	m.cells[key] = append(m.cells[key], s)
}
