// Package schooltransfer takes a pupil from one school to another while the absence
// clock is paused, and lets the clock go on where nobody confirms the child.
package schooltransfer
