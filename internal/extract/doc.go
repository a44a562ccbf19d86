// Package extract answers a guardian or child who asks what is held: a summary that the hub
// compiles, or copies that each source agency hands out for its own part.
package extract
