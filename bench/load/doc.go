// Package load sends requests as fast as answers come (closed loop) or at a
// fixed rate (open loop) over kept connections, and keeps every latency.
package load
