package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/paunch"
)

// crashLines bounds what is printed of what a service that was restarted said; the JSON output has more.
const crashLines = 10

// printWarnings prints the options that were taken from the last apply, the warnings, and the last lines of services that were restarted not long ago.
func printWarnings(w io.Writer, result *paunch.Result) {
	for _, option := range result.Remembered {
		_, _ = fmt.Fprintf(w, "as at the last apply: %s\n", printable.Line(option))
	}
	for _, warning := range result.Warnings {
		_, _ = fmt.Fprintf(w, "warning: %s\n", warning)
	}
	for _, c := range result.Containers {
		if c.Restarts == 0 || c.Error != "" {
			continue // a failed one is told of in the message
		}
		for _, stream := range []struct{ name, text string }{{"stdout", c.Stdout}, {"stderr", c.Stderr}} {
			if stream.text == "" {
				continue
			}
			lines := strings.Split(stream.text, "\n")
			_, _ = fmt.Fprintf(w, "%s: last lines of its %s:\n    %s\n", c.Name, stream.name, strings.Join(lines[max(0, len(lines)-crashLines):], "\n    "))
		}
	}
}
