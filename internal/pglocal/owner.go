package pglocal

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// owner is the operating-system account that the server runs as.
type owner struct {
	name     string
	uid, gid int
	// change says that we are root and the server may not be.
	change bool
}

// serverOwner is ourselves, or, when we are root, postgres or else nobody:
// PostgreSQL refuses to run as root.
func serverOwner() (owner, error) {
	if os.Geteuid() != 0 {
		self, err := user.Current()
		if err != nil {
			return owner{}, fmt.Errorf("look up our own account: %w", err)
		}
		return owner{name: self.Username, uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(account.Uid)
		gid, gidErr := strconv.Atoi(account.Gid)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return owner{}, fmt.Errorf("look up account %s: %w", name, err)
		}
		return owner{name: name, uid: uid, gid: gid, change: true}, nil
	}
	return owner{}, errors.New("PostgreSQL refuses to run as root and this machine has no account named postgres or nobody; " +
		"start the hub as an ordinary user")
}

// own makes dir (mode 0700) and hands it to the owner.
func (o owner) own(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if !o.change {
		return nil
	}
	return os.Chown(dir, o.uid, o.gid)
}

// reach checks that the owner can walk down to dir; root alone could not tell.
func (o owner) reach(dir string) error {
	if !o.change {
		return nil
	}
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return err
		}
		if !o.mayEnter(info) {
			return fmt.Errorf("PostgreSQL runs as user %s because the hub is root, and %s may not enter %s; "+
				"run `chmod o+x %s` or choose another data directory", o.name, o.name, at, at)
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

func (o owner) mayEnter(info os.FileInfo) bool {
	mode := info.Mode().Perm()
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	switch {
	case int(stat.Uid) == o.uid:
		return mode&0o100 != 0
	case int(stat.Gid) == o.gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}
