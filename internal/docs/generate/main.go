// Command generate writes the generated pages into the directory it is given.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tongxin-hub/tongxin/internal/docs"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate documents:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 1 {
		return fmt.Errorf("want the directory to write to, got %d arguments", len(arguments))
	}
	pages, err := docs.Pages()
	if err != nil {
		return err
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(arguments[0], name), []byte(text), 0o644); err != nil { //nolint:gosec // pages are public
			return err
		}
	}
	return nil
}
