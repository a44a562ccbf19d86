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
	hidden := blank(state)
	var found []int
	for _, a := range arcs {
		if state[a.place] == 0 {
			continue
		}
		more := moves(n, state, hidden, a.place, 1) && reaches(n, state, hidden, arcs, a.to, a.from, a.place)
		less := moves(n, state, hidden, a.place, -1) && reaches(n, state, hidden, arcs, a.from, a.to, a.place)
		if !more && !less {
			found = append(found, a.place)
		}
	}
	return found
}

// blank: nothing but the grand total is printed, so "*" may be anything.
func blank(state []int16) bool {
	for _, s := range state[:len(state)-1] {
		if s != 2 {
			return false
		}
	}
	return true
}

func moves(n []int32, state []int16, hidden bool, place int, step int32) bool {
	x := n[place] + step
	switch {
	case state[place] == 1:
		return x >= 1 && x <= 4
	case state[place] == 2 && hidden:
		return x >= 0
	case state[place] == 2:
		return x >= 5
	}
	return false
}

// reaches looks for a way from one node to another over arcs that can carry one
// more (forward) or one less (backward), without the arc at place.
func reaches(n []int32, state []int16, hidden bool, arcs []arc, from, to, place int) bool {
	seen := map[int]bool{from: true}
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			return true
		}
		for _, a := range arcs {
			if a.place == place {
				continue
			}
			if a.from == queue[0] && !seen[a.to] && moves(n, state, hidden, a.place, 1) {
				seen[a.to] = true
				queue = append(queue, a.to)
			}
			if a.to == queue[0] && !seen[a.from] && moves(n, state, hidden, a.place, -1) {
				seen[a.from] = true
				queue = append(queue, a.from)
			}
		}
	}
	return false
}
