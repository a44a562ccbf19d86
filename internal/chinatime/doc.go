// Package chinatime is the time that the district lives by: China has one zone and no
// summer time.
package chinatime
