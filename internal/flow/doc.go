// Package flow is what a case may go through, as data: states, the moves between
// them, who may make each move and until when. The same table decides, is drawn
// into the documentation, and is tested state by state.
package flow
