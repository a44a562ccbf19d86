package pglocal

import "syscall"

// childAttributes puts the server into a process group of its own (an
// interrupt from the terminal is for the hub, which stops the server last),
// under its owner, and ends it when we die without saying so.
func childAttributes(o owner) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	if o.change {
		attributes.Credential = credential(o)
	}
	return attributes
}
