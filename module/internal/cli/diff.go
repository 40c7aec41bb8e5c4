package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/paunch"
)

// printDiff prints a unified diff: for each container what changes, and under which key.
func printDiff(w io.Writer, d *paunch.Diff) error {
	if d == nil {
		return nil
	}
	p := diffPrinter{colors: colored(w)}
	for _, c := range d.Containers {
		p.container(c)
	}
	if _, err := io.WriteString(forPrograms(w), p.text.String()); err != nil {
		return fmt.Errorf("write the diff: %w", err)
	}
	return nil
}

// Colors of a diff, as git has them.
const (
	bold    = "1"
	red     = "31"
	green   = "32"
	cyan    = "36"
	noColor = "0"
)

// diffPrinter builds the text of a diff. What comes from a config is escaped here, as colors are not to be.
type diffPrinter struct {
	text   strings.Builder
	colors bool
}

func (p *diffPrinter) container(c paunch.ContainerDiff) {
	before, after := "/dev/null", "/dev/null"
	if c.Before != "" {
		before = c.Name + "\t" + c.Before
	}
	if c.After != "" {
		after = c.Name + "\t" + c.After
	}
	p.line(bold, "--- ", before)
	p.line(bold, "+++ ", after)
	for _, k := range c.Keys {
		p.line(cyan, "@@ ", k.Key+" @@")
		p.lines(red, "-", k.Before)
		p.lines(green, "+", k.After)
	}
}

func (p *diffPrinter) lines(color, sign string, values []string) {
	for _, v := range values {
		for line := range strings.SplitSeq(v, "\n") {
			p.line(color, sign, line)
		}
	}
}

func (p *diffPrinter) line(color, sign, text string) {
	text = printable.Text(sign + strings.ReplaceAll(text, "\n", " "))
	if p.colors {
		text = paint(color, text)
	}
	p.text.WriteString(text + "\n")
}

// paint surrounds a text that is fit for a terminal with a color.
func paint(color, text string) string { return "\x1b[" + color + "m" + text + "\x1b[" + noColor + "m" }
