package export

import (
	"fmt"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/spec"
)

// Podman writes the entries of a step as a shell script that creates and starts its containers, wave by wave. The
// order is that of the config within a wave. Lost are sentences about what a script does not do.
func Podman(step config.Step) (text string, lost []string) {
	var b strings.Builder
	b.WriteString("#!/bin/sh\nset -eu\n")
	for at, e := range step.Entries {
		if at == 0 || e.StartOrder != step.Entries[at-1].StartOrder {
			fmt.Fprintf(&b, "\n# start_order %d\n", e.StartOrder)
		}
		fmt.Fprintln(&b, spec.Quote(spec.CommandLine(e, entryName(e), nil))+accepted(e))
		if e.Wait == "healthy" {
			fmt.Fprintf(&b, "podman wait --condition=healthy %s\n", spec.Quote([]string{e.Name}))
		}
		if e.Kind == config.Service && (len(e.DependsOn) > 0 || len(e.PartOf) > 0 || len(e.SystemdExecFlags) > 0) {
			lost = append(lost, fmt.Sprintf("container %q: its keys for a systemd unit have no effect in a script", e.Name))
		}
	}
	return b.String(), lost
}

// entryName is the name of an entry's container; an exec names its target itself.
func entryName(e config.Entry) string {
	if e.Kind == config.Exec {
		return ""
	}
	return e.Name
}

// accepted has a script go on after a job that ends with an accepted exit code.
func accepted(e config.Entry) string {
	var codes []string
	for _, code := range e.ExitCodes {
		if code != 0 {
			codes = append(codes, fmt.Sprint(code))
		}
	}
	if len(codes) == 0 || e.Kind != config.OneShot && e.Kind != config.Exec {
		return ""
	}
	return " || case $? in " + strings.Join(codes, "|") + ") ;; *) exit 1 ;; esac"
}
