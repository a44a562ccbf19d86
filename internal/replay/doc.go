// Package replay decides past accesses again, from what their entries in the log
// say: under the version that was in force, to hold the record against the rules,
// and under another one, to tell what it would open or close and for whom. It sees
// names of coordinates and counts, never a value.
//
// # What an entry cannot tell
//
// A basis that did not matter under the version then in force was not looked at, so
// whether it held is not known: what would be opened by such a basis alone is told
// apart (MAY_OPEN, MAY_CLOSE). A coordinate that was open and not shown had no
// record. A basis of one record (own_hand, own_agency, my_card, sealed_handler) is
// kept for the child as a whole: a coordinate of another record may have been shown
// in a lesser form than is worked out here. Entries that were refused or found
// nobody have no bases and are counted, not replayed.
package replay
