// Package hubtest runs the whole hub for tests: real PostgreSQL with the demo
// district, real HTTP on a free port, real tokens, a clock that starts on the
// district's day.
package hubtest
