//go:build !linux

package pgtest

import "os"

// place is where the private server's files go.
func place() string { return os.TempDir() }
