package pgtest

import (
	"os"
	"syscall"
)

// memoryFree is how much room the memory file system must have: templates of a
// filled district and their clones are hundreds of megabytes.
const memoryFree = 4 << 30

// place is where the private server's files go: into memory when there is
// plenty, where making a database takes a tenth of the time. All settings of
// durability stay on; what a power cut does is not tested here. TMPDIR decides
// when it is set.
func place() string {
	const memory = "/dev/shm"
	var room syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" || syscall.Statfs(memory, &room) != nil {
		return os.TempDir()
	}
	if room.Bavail*uint64(room.Bsize) < memoryFree { //nolint:gosec // a block size is positive
		return os.TempDir()
	}
	return memory
}
