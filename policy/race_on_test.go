//go:build race

package policy

// Under the race detector Casbin is some ten times slower, so the differential
// test asks a share only; every cell is asked without the detector.
const (
	groupShare      = 8
	coordinateShare = 80
	wholeSample     = 60
)
