//go:build !race

package policy

// How much the differential test asks: one in so many of the groups and of the
// coordinates, and how many questions go to the whole enforcer.
const (
	groupShare      = 1
	coordinateShare = 4
	wholeSample     = 300
)
