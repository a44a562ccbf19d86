// Package drill breaks whole hubs, as processes of their own, and the
// PostgreSQL servers under them, again and again: kill -9 of hub and database,
// commits cut in the middle, a frozen way to the log, failover to a standby,
// restores, stops and overload under load. After each round every receipt that
// a client was given must stand in the log under its number, and the log must
// verify.
//
// In `make test` each drill runs a few rounds with the hub inside the test
// binary; `make drill` runs bin/tongxin as often as a release promises.
package drill
