// Package visit stores visits: general rounds and focus visits.
package visit
