// Package disclosure is the gate between a question and the data: it turns one
// operation of one caller into a plan (which columns, in which form, of which
// children), runs the plan, writes the answer, and says in the receipt and in
// the audit entry exactly what was shown.
//
// A read takes this way: Gate.Open checks purpose, post and ticket; compile
// turns the selection into statements whose columns are the requested ones cut
// down to the permitted ones, with the bases of each row computed in SQL; run
// sends them, one round trip per level; write makes the JSON, in the order and
// under the aliases of the selection. A withheld value never leaves PostgreSQL.
package disclosure
