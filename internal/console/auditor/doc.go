// Package auditor is the pages of the auditors: what needs an explanation, how it was
// answered and ruled on, and every entry of the log with its proof.
package auditor
