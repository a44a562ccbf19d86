// Package fact turns an answer and its receipt into lines to read: what is known, what
// is unknown, what is masked and what was withheld, never mistaken for each other.
package fact
