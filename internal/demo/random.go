package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// stream is a source of randomness of its own for one subject and one id, so
// that a table added later changes no other.
type stream struct{ *rand.Rand }

func newStream(seed uint64, subject string, id int64) stream {
	h := fnv.New64a()
	_, _ = h.Write([]byte(subject))
	return stream{rand.New(rand.NewPCG(seed^h.Sum64(), uint64(id)*0x9e3779b97f4a7c15+1))} //nolint:gosec // made-up data, the same for the same seed
}

func (d *District) stream(subject string, id int64) stream {
	return newStream(d.options.Seed, subject, id)
}

// chance is true with probability p.
func (s stream) chance(p float64) bool { return s.Float64() < p }

// between is a whole number from low to high, both included.
func (s stream) between(low, high int) int {
	if high <= low {
		return low
	}
	return low + s.IntN(high-low+1)
}

// weighted is an index drawn by weight.
func (s stream) weighted(weights []float64) int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	x := s.Float64() * sum
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// pick is one of the values.
func pick[T any](s stream, values []T) T { return values[s.IntN(len(values))] }

// known is the value, or nothing: a field that nobody has filled in (未采集).
func (s stream) known(value any, share float64) any {
	if s.chance(share) {
		return nil
	}
	return value
}

// gap is the share of a field that nobody has filled in; stories are told in full.
func (c *child) gap(share float64) float64 {
	if c.story != nil {
		return 0
	}
	return share
}

// deck deals n indexes in shares as near to the weights as whole numbers allow,
// in random order.
func (s stream) deck(n int, weights []float64) []int { return s.deckOf(shares(n, weights)) }

// deckOf deals each index as often as counted.
func (s stream) deckOf(counts []int) []int {
	var cards []int
	for i, count := range counts {
		for range count {
			cards = append(cards, i)
		}
	}
	s.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
	return cards
}

// shares splits n by the weights; the largest remainders get what is left.
func shares(n int, weights []float64) []int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	counts := make([]int, len(weights))
	rest := make([]float64, len(weights))
	left := n
	for i, w := range weights {
		exact := float64(n) * w / sum
		counts[i] = int(exact)
		rest[i] = exact - float64(counts[i])
		left -= counts[i]
	}
	for ; left > 0; left-- {
		best := 0
		for i := range rest {
			if rest[i] > rest[best] {
				best = i
			}
		}
		counts[best]++
		rest[best] = -1
	}
	return counts
}

// after is the day n days after another.
func after(day time.Time, n int) time.Time { return day.Add(time.Duration(n) * 24 * time.Hour) }

// day is n days from the day the district is told of.
func (d *District) day(n int) time.Time { return after(d.today, n) }

// orNull is nil for the zero day.
func orNull(day time.Time) any {
	if day.IsZero() {
		return nil
	}
	return day
}

// textOrNull is a code, or null where there is none.
func textOrNull(code string) any {
	if code == "" {
		return nil
	}
	return code
}
