package audit

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
)

// maxInterned bounds the cache; a caller who invents selections without end
// costs look-ups, not memory.
const maxInterned = 1 << 16

// interner knows the ids of sets. Sets are written on the side connection and
// committed there, before the entry that uses them, so that a rolled back
// entry never leaves a cached id that does not exist.
type interner struct {
	side *side

	mu  sync.RWMutex
	ids map[[32]byte]int64
}

func newInterner(s *side) *interner {
	return &interner{side: s, ids: map[[32]byte]int64{}}
}

// resolve returns the id of each set, writing those the log has not seen.
func (n *interner) resolve(ctx context.Context, sets []*Set) ([]int64, error) {
	ids := make([]int64, len(sets))
	missing := n.look(sets, ids)
	if len(missing) == 0 {
		return ids, nil
	}
	found, err := n.write(ctx, missing)
	if err != nil {
		return nil, fmt.Errorf("intern: %w", err)
	}
	for i, s := range sets {
		if id, ok := found[s.hash]; ok {
			ids[i] = id
		}
	}
	return ids, nil
}

// look fills ids from the cache and returns the sets it does not hold, in the
// order of their hashes: writers that insert in one order cannot deadlock.
func (n *interner) look(sets []*Set, ids []int64) []*Set {
	var missing []*Set
	n.mu.RLock()
	for i, s := range sets {
		if i > 0 && s == sets[i-1] { // a page shown alike
			ids[i] = ids[i-1]
			continue
		}
		id, found := n.ids[s.hash]
		if !found {
			missing = append(missing, s)
		}
		ids[i] = id
	}
	n.mu.RUnlock()
	slices.SortFunc(missing, func(a, b *Set) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	return slices.CompactFunc(missing, func(a, b *Set) bool { return a.hash == b.hash })
}

// write stores the missing sets, reads their ids back and remembers them.
func (n *interner) write(ctx context.Context, missing []*Set) (map[[32]byte]int64, error) {
	found := make(map[[32]byte]int64, len(missing))
	err := n.side.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		batch := &pgx.Batch{}
		hashes := make([][]byte, len(missing))
		for i, s := range missing {
			hashes[i] = s.hash[:]
			coordinates, labels := s.columns()
			batch.Queue(insertSet, hashes[i], coordinates, labels)
		}
		if err := conn.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		rows, err := conn.Query(ctx, findSets, byteArrays(hashes))
		if err != nil {
			return err
		}
		var id int64
		var hash []byte
		_, err = pgx.ForEachRow(rows, []any{&id, &hash}, func() error {
			found[[32]byte(hash)] = id
			return nil
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(found) != len(missing) {
		return nil, fmt.Errorf("%d of %d sets have an id", len(found), len(missing))
	}
	n.remember(found)
	return found, nil
}

func (n *interner) remember(found map[[32]byte]int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.ids)+len(found) > maxInterned {
		clear(n.ids)
	}
	for hash, id := range found {
		n.ids[hash] = id
	}
}

// forget empties the cache: the server behind a new connection may not be the
// one that gave out the ids.
func (n *interner) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.ids)
}

// columns are the set as audit_set holds it.
func (s *Set) columns() (coordinates, labels []string) {
	coordinates, labels = make([]string, len(s.items)), make([]string, len(s.items))
	for i, item := range s.items {
		coordinates[i], labels[i] = item.Coordinate, item.Form
	}
	return coordinates, labels
}
