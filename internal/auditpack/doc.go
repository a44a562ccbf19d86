// Package auditpack makes the yearly audit of minors' data: figures, a reproducible
// sample of entries and what stands out, as one archive of tables that is the same
// for the same log and seed.
package auditpack
