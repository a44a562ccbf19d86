// Package cli is the command line of the hub: one file per command, errors
// turned into a sentence and an exit code in one place.
package cli
