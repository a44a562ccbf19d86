// Package moving hands a child that has moved over: to the village that claims it, and
// out to another county.
package moving
