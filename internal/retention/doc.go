// Package retention says how long the details of log entries are kept, and
// destroys what is due, in the night, batch by batch, each with its record in the
// log; what a legal hold names stays.
package retention
