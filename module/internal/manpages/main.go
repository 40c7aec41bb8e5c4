// Command manpages writes the man pages of paunch, one for each command, into a directory. `make install` runs it.
// They are not in the program itself, which is sent to every host.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra/doc"

	"github.com/overcloud/paunch/module/internal/cli"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "manpages:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

// run writes the pages into the one directory that args name; it must exist.
func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: manpages DIRECTORY")
	}
	root := cli.Command()
	root.DisableAutoGenTag = true // a page must not depend on the day it was built
	return doc.GenManTree(root, &doc.GenManHeader{Title: "PAUNCH", Section: "1", Source: "paunch", Manual: "paunch"}, args[0])
}
