// Package footprint decides when the garbage collector runs, unless the operator
// did by GOGC or GOMEMLIMIT: half as often as by default while there is room in
// the memory that a hub is promised to need, and as by default beyond.
package footprint
