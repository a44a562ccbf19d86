//go:build unix && !linux

package pglocal

import "syscall"

// childAttributes is as on Linux, without the signal at our death: the next
// start finds a server left over and stops it.
func childAttributes(o owner) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if o.change {
		attributes.Credential = credential(o)
	}
	return attributes
}
