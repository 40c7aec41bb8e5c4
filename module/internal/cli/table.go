package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/overcloud/paunch/module/internal/printable"
)

// column is one column of a table.
type column struct {
	title string
	// end keeps the end of a text that is cut, as of an image's reference, whose beginning is the registry.
	end bool
	// tableOnly leaves the column out of csv and value, whose columns are those that paunch had.
	tableOnly bool
}

// columnsOf returns plain columns of these titles.
func columnsOf(titles ...string) []column {
	columns := make([]column, len(titles))
	for i, t := range titles {
		columns[i] = column{title: t, end: strings.EqualFold(t, "image")}
	}
	return columns
}

const (
	gap       = 2 // blanks between two columns
	narrowest = 8 // a column is not made narrower, but cut off at the line's end
	ellipsis  = "…"
)

// printTable prints aligned columns that fit the width of the terminal.
func printTable(w io.Writer, columns []column, rows [][]string) error {
	return printTableWithin(w, columns, rows, widthOf(w))
}

// printTableWithin prints aligned columns that fit a width, 0 for any: longer texts are cut, never wrapped.
func printTableWithin(w io.Writer, columns []column, rows [][]string, limit int) error {
	lines := make([][]string, 0, len(rows)+1)
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.title
	}
	for _, row := range append([][]string{header}, rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = printable.Line(cell)
		}
		lines = append(lines, cells)
	}
	widths := fit(natural(len(columns), lines), limit)
	for _, cells := range lines {
		if _, err := fmt.Fprintln(w, alignedLine(columns, widths, cells, limit)); err != nil {
			return fmt.Errorf("write the table: %w", err)
		}
	}
	return nil
}

// natural returns the width of the longest text of each column.
func natural(columns int, lines [][]string) []int {
	widths := make([]int, columns)
	for _, cells := range lines {
		for i, cell := range cells {
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
	return widths
}

// fit makes the widest columns narrower until all fit the limit; 0 is none.
func fit(widths []int, limit int) []int {
	total := gap * (len(widths) - 1)
	for _, n := range widths {
		total += n
	}
	for ; limit > 0 && total > limit; total-- {
		widest := 0
		for i, n := range widths {
			if n > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= narrowest {
			break
		}
		widths[widest]--
	}
	return widths
}

func alignedLine(columns []column, widths []int, cells []string, limit int) string {
	var b strings.Builder
	for i, cell := range cells {
		cell = cut(cell, widths[i], columns[i].end)
		b.WriteString(cell)
		if i+1 < len(cells) {
			b.WriteString(strings.Repeat(" ", widths[i]-runewidth.StringWidth(cell)+gap))
		}
	}
	line := strings.TrimRight(b.String(), " ")
	if limit > 0 {
		line = cut(line, limit, false)
	}
	return line
}

// cut shortens a text to a width, at its end or at its beginning, and marks that.
func cut(text string, width int, keepEnd bool) string {
	switch {
	case runewidth.StringWidth(text) <= width:
		return text
	case !keepEnd:
		return runewidth.Truncate(text, width, ellipsis)
	}
	runes := []rune(text)
	for len(runes) > 0 && runewidth.StringWidth(string(runes)) > width-1 {
		runes = runes[1:]
	}
	return ellipsis + string(runes)
}
