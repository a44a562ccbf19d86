// Package carechange follows a change of caregiver: the new agreement, the parents'
// notice to school and village anew, and the visit that has to see it.
package carechange
