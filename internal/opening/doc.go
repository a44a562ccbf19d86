// Package opening checks at the start of a term who of compulsory age was not seen at
// school, and has school and officers say of each child what became of it.
package opening
