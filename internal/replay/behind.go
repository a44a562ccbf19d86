package replay

// behind is who and what stands behind askings, by their places in the list.
type behind struct{ persons, entries, children distinct }

func newBehind() *behind {
	return &behind{newDistinct(), newDistinct(), newDistinct()}
}

func (b *behind) add(place int, persons, entries, children []int64) {
	b.persons.add(place, persons)
	b.entries.add(place, entries)
	b.children.add(place, children)
}

// count is how many different ones stand behind places together.
func (b *behind) count(places []int) (persons, entries, children int) {
	return b.persons.count(places), b.entries.count(places), b.children.count(places)
}

// distinct counts how many different ids stand at places. Changes of a policy share most
// of their places: an id is looked up once, and counting marks what was seen.
type distinct struct {
	number map[int64]int
	at     map[int][]int
	// seen is the count that saw an id last.
	seen  []int
	turns int
}

func newDistinct() distinct {
	return distinct{number: map[int64]int{}, at: map[int][]int{}}
}

// add notes ids at a place, in which one may come often.
func (d *distinct) add(place int, ids []int64) {
	d.turns++
	var list []int
	for _, id := range ids {
		n, known := d.number[id]
		if !known {
			n = len(d.seen)
			d.number[id] = n
			d.seen = append(d.seen, 0)
		}
		if d.seen[n] != d.turns {
			d.seen[n] = d.turns
			list = append(list, n)
		}
	}
	d.at[place] = list
}

func (d *distinct) count(places []int) (count int) {
	d.turns++
	for _, place := range places {
		for _, n := range d.at[place] {
			if d.seen[n] != d.turns {
				d.seen[n] = d.turns
				count++
			}
		}
	}
	return count
}
