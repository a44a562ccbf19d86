// Package courier carries sealed packets between hubs over HTTPS, and takes in those that
// come. It looks into none.
package courier
