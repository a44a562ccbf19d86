// Package support takes a plan of support through its states: proposed, accepted by
// whoever is responsible, worked on step by step, reviewed, and ended.
package support
