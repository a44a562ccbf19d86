// Package health stores health: vaccination, child health, disability, notes.
package health
