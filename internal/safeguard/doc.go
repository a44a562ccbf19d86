// Package safeguard is the steps of a protection plan (未保法111): each with its owner and
// day, followed up by the owner until it is done or dropped.
package safeguard
