package chinatime

import "time"

// Zone is that of all of China.
func Zone() *time.Location { return time.FixedZone("CST", 8*60*60) }

// Day is the day in China, as a date is written.
func Day(at time.Time) string { return at.In(Zone()).Format(time.DateOnly) }
