// Package fault is the hub's error type: a code from the closed list, a
// sentence in Chinese and English for the person who gets it, and a cause that
// only the log sees.
package fault
