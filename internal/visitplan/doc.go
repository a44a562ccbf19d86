// Package visitplan plans visits from the risk of each child by night, gives them to
// their visitors when their day comes near, and draws the sample that supervisors
// call about again.
package visitplan
