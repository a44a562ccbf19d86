// Package pglocal runs a private PostgreSQL server for a hub or a test that
// was given no database: found on the machine, kept in one directory, reachable
// only through a unix socket of its owner, and never outliving the process.
package pglocal
