// Package raw is the yardstick: a hand-written server of net/http and pgx that
// sends the best single statement per workload and turns its rows into JSON from
// the wire buffer. It decides nothing. With an audit writer it records one
// durable row per answer, by group commit on a connection of its own.
package raw
