package main

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/tongxin-hub/tongxin/bench/contestant"
	"github.com/tongxin-hub/tongxin/bench/load"
)

// workload is one row of the table.
type workload struct {
	code, title string
	// goals are the least ratios of requests/s beside A, B and P at 8 clients.
	goals map[string]float64
	// keys draws n questions from the seeded stream.
	keys func(m *measurement, random *rand.Rand) []contestant.Key
	// compared says how the answers are held against each other.
	compared comparison
}

// comparison of the contestants' answers.
type comparison int

const (
	// whole answers are equal, ids translated, lists in any order.
	whole comparison = iota
	// sizes only are printed: the answers differ by duty, as the title says.
	sizes
)

// largeList is the number of ids of W5 and W8.
const largeList = 500

// variants are how many different requests of a workload there are.
const variants = 2048

func workloads() []workload {
	return []workload{
		{"w1", "one child, 12 scalars", goals(0.48, 0.9, 4.5), oneChild, whole},
		{"w2", "one full file", goals(0.60, 0.8, 4.5), oneChild, whole},
		{"w3", "worklist of 50", goals(0.75, 0.85, 3.5), worklist, whole},
		{"w4a", "page of 50, page 1", goals(0.55, 0.8, 4), nothing, whole},
		{"w4b", "page of 50, deep page", goals(0.55, 0.8, 4), nothing, whole},
		{"w5", "500 children, 12 scalars", goals(0.80, 0.8, 4.5), manyChildren, whole},
		{"w6", "counts by township (the hub suppresses small cells)", goals(10, 10, 10), nothing, sizes},
		{"w7", "reveal of a phone number with its reason (a write)", goals(0.78, 0.9, 4), reveal, whole},
		{"w8", "W5 with half of its fields refused (the hub alone; must beat its W5)", nil, manyChildren, sizes},
	}
}

func goals(a, b, p float64) map[string]float64 { return map[string]float64{"A": a, "B": b, "P": p} }

func nothing(*measurement, *rand.Rand) []contestant.Key { return []contestant.Key{{}} }

func oneChild(m *measurement, random *rand.Rand) []contestant.Key {
	children := m.env.Subjects.Children
	keys := make([]contestant.Key, variants)
	for i := range keys {
		keys[i].ID = children[random.IntN(len(children))]
	}
	return keys
}

func worklist(m *measurement, _ *rand.Rand) []contestant.Key {
	keys := make([]contestant.Key, m.env.Pages)
	for i := range keys {
		keys[i].Page = i
	}
	return keys
}

func manyChildren(m *measurement, random *rand.Rand) []contestant.Key {
	children := m.env.Subjects.Children
	keys := make([]contestant.Key, 64)
	for i := range keys {
		for _, at := range random.Perm(len(children))[:min(largeList, len(children))] {
			keys[i].IDs = append(keys[i].IDs, children[at])
		}
	}
	return keys
}

func reveal(m *measurement, random *rand.Rand) []contestant.Key {
	caregivers := m.env.Subjects.Caregivers
	keys := make([]contestant.Key, variants)
	for i := range keys {
		keys[i] = contestant.Key{ID: caregivers[random.IntN(len(caregivers))], Statement: "核实连续缺勤的原因，联系照护人"}
	}
	return keys
}

// requests builds the workload's requests in a contestant's language, nil when
// it is not asked.
func (m *measurement) requests(w workload, c *contestant.Contestant) ([]load.Request, error) {
	keys := w.keys(m, rand.New(rand.NewPCG(1, 2))) //nolint:gosec // a repeatable stream is the point
	out := make([]load.Request, 0, len(keys))
	for _, k := range keys {
		r, err := c.Request(w.code, k)
		if errors.Is(err, contestant.ErrNotAsked) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", w.code, c.Name, err)
		}
		out = append(out, r)
	}
	return out, nil
}
