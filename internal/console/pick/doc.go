// Package pick lets people, places, agencies and terms be chosen by name where the input
// of a move asks for a code.
package pick
