// Package accesslog lets auditors read the audit log: names of coordinates and
// decisions, never values, children under pseudonyms of the auditor alone.
package accesslog
