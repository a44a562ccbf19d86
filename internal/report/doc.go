// Package report is the mandatory report (未保法11): submitted by anybody, taken by
// the duty desk, worked on under clocks, closed by two or as unfounded.
package report
