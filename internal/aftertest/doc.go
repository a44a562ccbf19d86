// Package aftertest ends what a test process started and removes its files when that
// process ends in any way, also by a panic, a timeout or a kill.
package aftertest
