package cli

import (
	"fmt"
	"runtime/debug"
)

// versionCommand prints what this binary was built from.
type versionCommand struct{}

// Run prints version, revision and compiler.
func (versionCommand) Run(e Environment) error {
	_, err := fmt.Fprintln(e.Out, Version())
	return err
}

// Version is the version of the binary, its revision and its compiler.
func Version() string {
	info, found := debug.ReadBuildInfo()
	if !found {
		return "tongxin unknown"
	}
	version := "tongxin " + info.Main.Version
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			version += " " + setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			version += " (modified)"
		}
	}
	return version + " " + info.GoVersion
}
