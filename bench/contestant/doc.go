// Package contestant starts the hub, the yardsticks and PostGraphile, each in a
// process of its own on loopback, and says in each one's language what a
// workload asks.
package contestant
