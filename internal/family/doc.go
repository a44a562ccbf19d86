// Package family stores guardianship and care: who cares, how to reach them, how well.
package family
