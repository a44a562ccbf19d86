// Package registering takes a child onto the register and off it again: nomination,
// claim, home check, decision, the switches of age by night, and who has to be told.
package registering
