// Package proxytest is a TCP proxy in front of a server of a test: it delays
// what passes, holds it back, or cuts the connection at the worst moment.
package proxytest
