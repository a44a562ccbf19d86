// Package dropoutreport is what schools report every month and the county reviews
// every quarter about dropout prevention: that it is due, that it was handed in, and
// the numbers, small ones held back where they leave the school or the county.
package dropoutreport
