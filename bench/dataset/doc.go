// Package dataset keeps the benchmark's private database: the demo district at
// scale load, filled once, and the ids that the workloads ask for.
package dataset
