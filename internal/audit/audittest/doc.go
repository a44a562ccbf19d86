// Package audittest opens audit writers for tests, on keys of their own.
package audittest
