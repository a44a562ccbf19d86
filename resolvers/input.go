package resolvers

import "github.com/99designs/gqlgen/graphql"

// given is an optional member of an input, "" where it was left out or null.
func given[T ~string](member graphql.Omittable[*T]) string {
	if v := member.Value(); v != nil {
		return string(*v)
	}
	return ""
}
