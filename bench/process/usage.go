package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ticksPerSecond of the times in /proc: USER_HZ, 100 on every Linux.
const ticksPerSecond = 100

// stat is what /proc says of one process.
type stat struct {
	parent int
	// own is its CPU time, with that of children it has waited for.
	own time.Duration
}

// Usage is the CPU time of a process and everything below it, those that have
// ended included.
func Usage(pid int) (time.Duration, error) {
	all, err := processes()
	if err != nil {
		return 0, err
	}
	if _, ok := all[pid]; !ok {
		return 0, fmt.Errorf("no process %d", pid)
	}
	total := time.Duration(0)
	for id, s := range all {
		for at := id; at > 1; at = all[at].parent {
			if at == pid {
				total += s.own
				break
			}
		}
	}
	return total, nil
}

func processes() (map[int]stat, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	all := make(map[int]stat, len(entries))
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		content, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue // it ended in between
		}
		if s, ok := parseStat(string(content)); ok {
			all[pid] = s
		}
	}
	return all, nil
}

// parseStat reads a line of /proc/<pid>/stat: its second field may hold anything
// but ends with the last closing bracket.
func parseStat(line string) (stat, bool) {
	const parent, utime, cstime = 1, 11, 14
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	if len(fields) <= cstime {
		return stat{}, false
	}
	s := stat{}
	var err error
	if s.parent, err = strconv.Atoi(fields[parent]); err != nil {
		return stat{}, false
	}
	for _, f := range fields[utime : cstime+1] {
		ticks, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return stat{}, false
		}
		s.own += time.Duration(ticks) * time.Second / ticksPerSecond
	}
	return s, true
}

// Resident is the memory a process and everything below it hold, in bytes:
// proportional, so that pages shared by workers count once.
func Resident(pid int) (int64, error) {
	all, err := processes()
	if err != nil {
		return 0, err
	}
	total := int64(0)
	for id := range all {
		for at := id; at > 1; at = all[at].parent {
			if at == pid {
				total += proportional(id)
				break
			}
		}
	}
	return total, nil
}

func proportional(pid int) int64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		if value, ok := strings.CutPrefix(line, "Pss:"); ok {
			kib, _ := strconv.ParseInt(strings.Fields(value)[0], 10, 64) // the kernel's own number
			return kib << 10
		}
	}
	return 0
}

// Own is the CPU time of this very process, without those it started.
func Own() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
