// Package pgtest gives each test a PostgreSQL database of its own, cloned from
// a migrated template, on a private durable server or on the one named by
// TONGXIN_TEST_DATABASE_URL. The files of the private server are copied from those that
// the first test binary keeps beside it, for the same migrations and the same PostgreSQL.
package pgtest
