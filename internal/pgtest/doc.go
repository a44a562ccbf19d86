// Package pgtest gives each test a PostgreSQL database of its own, cloned from
// a migrated template, on a private durable server or on the one named by
// TONGXIN_TEST_DATABASE_URL.
package pgtest
