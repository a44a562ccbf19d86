// Package visiting takes a visit through its states: assigned, recorded, handed in,
// checked, closed, and what else may happen at the door.
package visiting
