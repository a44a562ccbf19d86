package demo

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Scale names how large the district is.
type Scale string

const (
	// Small is the district that `make demo` starts: 300 left-behind children.
	Small Scale = "demo"
	// Full is a district of its real size: 3,000 left-behind children.
	Full Scale = "district"
	// Load is a district as large as asked: 50,000 left-behind children or more.
	Load Scale = "load"
)

// Options are what a district is made from.
type Options struct {
	// Scale is Small when empty.
	Scale Scale
	// LeftBehind is the number of left-behind children at scale Load; 50,000 when 0.
	LeftBehind int
	// Seed decides every name, number and date.
	Seed uint64
	// Today is the day the district is told of, in Asia/Shanghai; required.
	Today time.Time
	// LogEntries is the length of the year's access log. 0: 400,000 for a full
	// district, fewer for a smaller one, never more. Negative: no log.
	LogEntries int
}

// How many of each there are for 3,000 left-behind children.
const (
	fullLeftBehind = 3000
	fullHardship   = 900
	fullOverlap    = 260
	fullUnattended = 60
	fullLog        = 400_000
	loadLeftBehind = 50_000
)

// The figures of the yearly reply; they hold at every scale.
const (
	supervisors           = 15
	directors             = 649
	groupEvents           = 12
	counsellingSessions   = 38
	counsellingAttendance = 95
	counselledChildren    = 61
	proposalNumber        = 89
)

// sizes are the numbers of one district.
type sizes struct {
	leftBehind, hardship, overlap, unattended int
	log                                       int
}

func (o Options) sizes() (sizes, error) {
	var n int
	switch o.Scale {
	case Small, "":
		n = 300
	case Full:
		n = fullLeftBehind
	case Load:
		n = o.LeftBehind
		if n == 0 {
			n = loadLeftBehind
		}
	default:
		return sizes{}, fmt.Errorf("demo: scale %q is none of %s, %s, %s", o.Scale, Small, Full, Load)
	}
	if n < 300 || n > 5_000_000 {
		return sizes{}, fmt.Errorf("demo: %d left-behind children; 300 to 5,000,000 can be made up", n)
	}
	if o.Today.IsZero() {
		return sizes{}, errors.New("demo: the day the district is told of is missing")
	}
	s := sizes{leftBehind: n}
	s.hardship = s.scaled(fullHardship, 1)
	s.overlap = s.scaled(fullOverlap, 1)
	s.unattended = s.scaled(fullUnattended, 1)
	s.log = min(s.scaled(fullLog, 0), fullLog)
	switch {
	case o.LogEntries < 0:
		s.log = 0
	case o.LogEntries > 0:
		s.log = o.LogEntries
	}
	return s, nil
}

// scaled is a number known for a full district at this size, at least least.
func (s sizes) scaled(full, least int) int {
	return max(least, int(math.Round(float64(full)*float64(s.leftBehind)/fullLeftBehind)))
}
