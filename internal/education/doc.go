// Package education stores education: enrolment, attendance and the dropout ledger.
package education
