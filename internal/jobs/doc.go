// Package jobs runs what the clock begins, not a caller: deadlines, nightly changes
// of age, plans of visits. River decides which hub runs a job and when; a job is
// made of steps that each do a bounded piece in a transaction of its own, together
// with its entry, so that a process that is killed loses and doubles nothing.
package jobs
