package weighted

import (
	"fmt"
	"math"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"
)

// Cache keeps the values used last, as many as fit into its weight. It is safe
// for concurrent use.
type Cache[K comparable, V any] struct {
	mu     sync.Mutex
	kept   *lru.LRU[K, entry[V]]
	weight int
	max    int
}

type entry[V any] struct {
	value  V
	weight int
}

// New is an empty cache of at most maxWeight, in bytes or what the callers of
// Add count in.
func New[K comparable, V any](maxWeight int) (*Cache[K, V], error) {
	c := &Cache[K, V]{max: maxWeight}
	var err error
	c.kept, err = lru.NewLRU(math.MaxInt32, func(_ K, e entry[V]) { c.weight -= e.weight })
	if err != nil {
		return nil, fmt.Errorf("weighted cache: %w", err)
	}
	return c, nil
}

// Get returns the value of a key, if it is kept.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, found := c.kept.Get(key)
	return e.value, found
}

// Add keeps a value and lets go of those unused for longest. What would take
// more than a hundredth of the cache is not kept: a caller could drive out
// everybody else's with a handful of such.
func (c *Cache[K, V]) Add(key K, value V, weight int) {
	if weight < 0 || weight > c.max/100 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept.Remove(key)
	c.kept.Add(key, entry[V]{value, weight})
	for c.weight += weight; c.weight > c.max; {
		c.kept.RemoveOldest()
	}
}
