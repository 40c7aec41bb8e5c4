// Command paunch_step is both the Ansible module overcloud.paunch.paunch_step and, called as paunch or
// with a subcommand, the command line.
package main

import (
	"os"
	"path/filepath"

	"github.com/overcloud/paunch/module/internal/ansiblemod"
	"github.com/overcloud/paunch/module/internal/cli"
	"github.com/overcloud/paunch/module/internal/firstsignal"
	"github.com/overcloud/paunch/module/internal/interrupt"
)

func main() {
	ctx, _ := interrupt.Handle(firstsignal.Arrived) // until the process ends
	if isModule(os.Args) {
		os.Exit(ansiblemod.Main(ctx, os.Args[1]))
	}
	os.Exit(cli.Main(ctx, os.Args[1:]))
}

// isModule reports whether Ansible called: with exactly one argument, which is no word of the command line.
func isModule(args []string) bool {
	return filepath.Base(args[0]) != "paunch" && len(args) == 2 && !cli.IsCommand(args[1])
}
