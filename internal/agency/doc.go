// Package agency stores agencies and divisions: who is where and belongs to whom.
package agency
