package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/paunch"
)

// outputPrometheus is the text format of Prometheus, for node_exporter's textfile collector.
const outputPrometheus = "prometheus"

// addStatusOutput adds --output with the formats of all commands, and that of Prometheus.
func addStatusOutput(f *pflag.FlagSet, output *string) {
	addOutput(f, output)
	flag := f.Lookup("output")
	all := append(slices.Clone(formats), outputPrometheus)
	flag.Value = arguments.Choice{Field: output, Choices: all, Aliases: map[string]string{"text": outputTable}}
	flag.Usage = "output format: " + strings.Join(all, ", ") + " (for the textfile collector of node_exporter)"
}

// metric is one metric of the containers of a step.
type metric struct {
	name, help string
	value      func(paunch.Container) (value int, known bool)
}

func metrics() []metric {
	is := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	return []metric{
		{"paunch_container_drift", "Whether the container differs from its config.", func(c paunch.Container) (int, bool) { return is(c.Action != "unchanged"), true }},
		{"paunch_container_running", "Whether the container runs.", func(c paunch.Container) (int, bool) { return is(c.State == "running"), true }},
		{"paunch_container_healthy", "Whether the container's healthcheck passes; absent without a healthcheck.", func(c paunch.Container) (int, bool) { return is(c.Health == "healthy"), c.Health != "" }},
		{"paunch_container_restarts", "Restarts of a service that was restarted not long ago.", func(c paunch.Container) (int, bool) { return c.Restarts, true }},
	}
}

// printMetrics writes the state of a step.
func printMetrics(w io.Writer, result *paunch.Result) error {
	var b strings.Builder
	drifting := 0
	if result.Changed {
		drifting = 1
	}
	fmt.Fprintf(&b, "# HELP paunch_step_drift Whether the host differs from the step's config.\n# TYPE paunch_step_drift gauge\npaunch_step_drift{config_id=%s} %d\n",
		label(result.ConfigID), drifting)
	for _, m := range metrics() {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n", m.name, m.help, m.name)
		for _, c := range result.Containers {
			if value, known := m.value(c); known {
				fmt.Fprintf(&b, "%s{config_id=%s,container=%s} %d\n", m.name, label(result.ConfigID), label(c.Name), value)
			}
		}
	}
	if _, err := io.WriteString(forPrograms(w), b.String()); err != nil {
		return fmt.Errorf("write the metrics: %w", err)
	}
	return nil
}

// label quotes the value of a label.
func label(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value) + `"`
}
