package resolvers

import "github.com/99designs/gqlgen/graphql"

// given is an optional member of an input, "" where it was left out or null.
func given[T ~string](member graphql.Omittable[*T]) string {
	if v := member.Value(); v != nil {
		return string(*v)
	}
	return ""
}

// seen is the version that was seen, 0 where none was given.
func seen(version graphql.Omittable[*int]) int {
	if v := version.Value(); v != nil {
		return *v
	}
	return 0
}
