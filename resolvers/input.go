package resolvers

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// given is an optional member of an input, "" where it was left out or null.
func given[T ~string](member graphql.Omittable[*T]) string {
	if v := member.Value(); v != nil {
		return string(*v)
	}
	return ""
}

// internal is the hub's own id behind one that the agency was given for a record
// of a type. Faults: NotFound.
func (r *Resolver) internal(agency, typename, id string) (int64, error) {
	got, n, err := r.Gate.IDs.Decode(agency, id)
	if err == nil && got != typename {
		err = fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach.")
	}
	return n, err
}
