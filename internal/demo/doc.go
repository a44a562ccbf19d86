// Package demo makes up a district: its places, agencies and staff, its children
// and one school year of what four departments wrote about them and who looked.
//
// Everything comes from one integer seed and one day: the same two give the same
// rows, so tests may count them. Nothing points at a real person: identity
// numbers carry an area prefix that was never assigned, phones a range that no
// network uses, villages a name that no map has, and every row says synthetic.
// Ten children have a fixed id and a story (see Stories); six misuses are planted
// in the access log for auditors to find (see Planted).
package demo
