package staff

import (
	"maps"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// room is how many bytes of forms a page carries, reading how many of records. What does
// not fit is opened by a link of its own, on the same page: a page is light however much
// is under way.
const (
	room    = 20 << 10
	reading = 21 << 10
)

// slight is the weight of a form that stands open although it is not the next one.
const slight = 2 << 10

// The members of a handle that say which form was asked for.
const (
	ofRecord = "record"
	ofMove   = "move"
	// ofList is the list that a value was revealed from.
	ofList = "list"
)

// folder puts aside what a page has no room for.
type folder struct {
	v *page.Visit
	h page.Handle
	// at is the address of the page for a sealed handle.
	at func(sealed string) string
}

// fold keeps the forms that fit: what was asked for or has failed, then what leads on,
// then the rest in their order. Of the long ones only the first stands open.
func (f folder) fold(steps []*page.Step) {
	left, open := room, false
	for rank := range 3 {
		for _, s := range steps {
			if rankOf(s, f.h) != rank {
				continue
			}
			weight := s.Weight()
			switch {
			case rank == 0:
				s.Opened, open = true, true
			case weight > left:
				s.Link = f.at(f.v.Link(asking(f.h, s.Mutation, s.Record)))
				continue
			default:
				s.First = s.First && (weight < slight || !open)
				open = open || s.First
			}
			left -= weight
		}
	}
}

// shelve keeps the records that fit, what was asked for first.
func (f folder) shelve(records []*page.Record) {
	left := reading
	for rank := range 2 {
		for _, r := range records {
			wanted := r.ID != "" && r.ID == f.h.Of[ofRecord]
			if wanted != (rank == 0) {
				continue
			}
			weight := fact.Weight(r.Facts)
			if rank == 1 && weight > left {
				r.Link = f.at(f.v.Link(asking(f.h, "", r.ID)))
				continue
			}
			r.Opened = rank == 0 && f.h.Of[ofMove] == ""
			left -= weight
		}
	}
}

func rankOf(s *page.Step, h page.Handle) int {
	switch {
	case s.Invalid, h.Of[ofMove] == s.Mutation && h.Of[ofRecord] == s.Record:
		return 0
	case s.First, begun(s):
		return 1
	}
	return 2
}

// begun reports a form that is gone on with.
func begun(s *page.Step) bool {
	return slices.ContainsFunc(s.Fields, func(f form.Field) bool { return len(f.Values) > 0 && !f.Default })
}

// asking is the handle of the page with one form or record open.
func asking(h page.Handle, move, record string) page.Handle {
	of := map[string]string{}
	maps.Copy(of, h.Of)
	of[ofMove], of[ofRecord] = move, record
	return page.Handle{Child: h.Child, Kind: h.Kind, Of: of, Hat: h.Hat}
}

// closed is the handle without the form that was asked for: it is done with.
func closed(h page.Handle) page.Handle {
	of := map[string]string{}
	maps.Copy(of, h.Of)
	delete(of, ofMove)
	delete(of, ofRecord)
	h.Of = of
	return h
}
