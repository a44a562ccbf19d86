// Package process runs the contestants as processes of their own and reads what
// they cost from /proc.
package process
