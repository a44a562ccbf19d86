// Package tile serves the audit log as C2SP tlog-tiles, so that clients of that
// standard verify it as they are.
package tile
