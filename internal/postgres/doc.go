// Package postgres opens the hub's one database: pool settings that every
// process shares, transactions, the numbered migrations, and the refusal to
// run on a server that would forget an audit entry.
package postgres
