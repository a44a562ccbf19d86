// Package witness is the daemon that an agency runs on its own machine: it keeps
// the last checkpoint of one log, checks that the next one holds it, and cosigns
// (C2SP tlog-witness).
package witness
