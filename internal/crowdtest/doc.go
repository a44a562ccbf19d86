// Package crowdtest is a crowd of clients for tests that break something: they
// ask again and again, keep everything they were told, and say afterwards
// whether the hub kept its promises to them.
package crowdtest
