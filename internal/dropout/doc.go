// Package dropout takes a case of absence from the first report of a school to its
// cancellation: each move changes the case, the tasks and work items that hang on it
// and what the school holds, in the transaction of its entry.
package dropout
