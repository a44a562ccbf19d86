package statistics_test

// A printed table is a flow: from a source through each township's total to its
// cells, on to each group's total and back as the grand total. A held-back
// number can be worked out exactly when no cycle of the flow passes through it
// on which one more or one less could travel within what the marks allow.

type arc struct{ from, to, place int }

// attack returns the places of held-back cells that have one possible value.
func attack(n []int32, state []int16, width int) []int {
	height := len(n) / width
	arcs := make([]arc, 0, len(n))
	source, sink := height+width, height+width+1
	for i := range height {
		for j := range width {
			a := arc{from: i, to: height + j, place: i*width + j}
			if j == width-1 {
				a.from, a.to = source, i
			}
			if i == height-1 {
				a.from, a.to = height+j, sink
			}
			if i == height-1 && j == width-1 {
				a.from, a.to = sink, source
			}
			arcs = append(arcs, a)
		}
	}
	found := []int{}
	marks := read(state, width)
	for _, a := range arcs {
		if state[a.place] == 0 {
			continue
		}
		more := marks.moves(n, a.place, 1) && marks.reaches(n, arcs, a.to, a.from, a.place)
		less := marks.moves(n, a.place, -1) && marks.reaches(n, arcs, a.from, a.to, a.place)
		if n[a.place] > 0 && !more && !less {
			found = append(found, a.place)
		}
	}
	return found
}

// marks are what a reader makes of a printed table: the least and the most that
// each place can hold.
type marks struct{ least, most []int32 }

const anything = int32(1 << 30)

func read(state []int16, width int) marks {
	height := len(state) / width
	held := func(places ...int) bool {
		for _, p := range places {
			if state[p] != 2 {
				return false
			}
		}
		return true
	}
	var inner []int
	for p := range state {
		if p%width != width-1 {
			inner = append(inner, p)
		}
	}
	m := marks{make([]int32, len(state)), make([]int32, len(state))}
	for i := range height {
		line := make([]int, 0, width)
		for j := range width {
			line = append(line, i*width+j)
		}
		for _, p := range line {
			switch {
			case state[p] == 1:
				m.least[p], m.most[p] = 1, 4
			case state[p] == 2 && (held(line...) || held(inner...)):
				m.least[p], m.most[p] = 0, anything
			case state[p] == 2:
				m.least[p], m.most[p] = 5, anything
			default:
				m.least[p], m.most[p] = anything, 0 // printed: it cannot move
			}
		}
	}
	return m
}

func (m marks) moves(n []int32, place int, step int32) bool {
	x := n[place] + step
	return x >= m.least[place] && x <= m.most[place]
}

// reaches looks for a way from one node to another over arcs that can carry one
// more (forward) or one less (backward), without the arc at place.
func (m marks) reaches(n []int32, arcs []arc, from, to, place int) bool {
	seen := map[int]bool{from: true}
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			return true
		}
		for _, a := range arcs {
			if a.place == place {
				continue
			}
			if a.from == queue[0] && !seen[a.to] && m.moves(n, a.place, 1) {
				seen[a.to] = true
				queue = append(queue, a.to)
			}
			if a.to == queue[0] && !seen[a.from] && m.moves(n, a.place, -1) {
				seen[a.from] = true
				queue = append(queue, a.from)
			}
		}
	}
	return false
}
