package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/overcloud/paunch/module/internal/printable"
)

// screen is the terminal's end, where lines are drawn again and again. It changes nothing of the terminal that would
// have to be restored: the cursor stays where it is shown, at the end of the last line.
type screen struct {
	w     io.Writer
	drawn []int // the widths of the lines that stand there now
	at    int   // the width of the terminal when they were drawn
}

// mostLive bounds the live lines, so that those about what was done stay in sight.
const mostLive = 10

// echoed is the room at the end of a line for what the terminal itself prints there: ^C, twice.
const echoed = 4

// Control sequences of every terminal that is not dumb.
const (
	lineStart   = "\r"
	clearRest   = "\x1b[K" // of the row
	clearBelow  = "\x1b[J" // with the rest of the row
	cursorUp    = "\x1b[%dA"
	cursorRight = "\x1b[%dC"
)

// draw draws these lines in place of those that stand there. Each is cut to the width, and never wrapped.
func (s *screen) draw(lines []string) {
	width, height := s.width(), heightOf(s.w)
	limit := mostLive
	if height > 0 {
		limit = max(1, min(mostLive, height-2))
	}
	if n := len(lines); n > limit {
		lines = append(lines[:limit-1:limit-1], fmt.Sprintf("and %d more", n-limit+1))
	}
	b, had := s.back(width)
	if width != s.at && had > 0 { // the rows may be marked as wrapped: only those that are cleared as a whole lose that
		b.WriteString(clearBelow)
		had = 0
	}
	s.drawn, s.at = s.drawn[:0], width
	for i, line := range lines {
		line = cut(printable.Line(line), max(1, width-echoed), false)
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(line + clearRest)
		s.drawn = append(s.drawn, runewidth.StringWidth(line))
	}
	if below := had - len(lines); below > 0 {
		b.WriteString(strings.Repeat("\n"+clearRest, below) + fmt.Sprintf(cursorUp, below) + lineStart)
		if last := s.drawn[len(s.drawn)-1]; last > 0 {
			fmt.Fprintf(b, cursorRight, last)
		}
	}
	s.write(b.String())
}

// clear removes the live lines; a nil screen has none.
func (s *screen) clear() {
	if s == nil || len(s.drawn) == 0 {
		return
	}
	b, had := s.back(s.width())
	b.WriteString(clearRest)
	if below := had - 1; below > 0 {
		b.WriteString(strings.Repeat("\n"+clearRest, below) + fmt.Sprintf(cursorUp, below) + lineStart)
	}
	s.write(b.String())
	s.drawn = nil
}

// width is that of the terminal now, and not $COLUMNS, which does not change with it; 80 where it does not say.
func (s *screen) width() int {
	if f := fileOf(s.w); f != nil {
		if size := sizeOf(f); size != nil && size.Col > 0 {
			return int(size.Col)
		}
		return 80
	}
	return cmp.Or(widthOf(s.w), 80)
}

// forget leaves what stands there to those who have written below it.
func (s *screen) forget() { s.drawn = nil }

// back moves to the beginning of the live lines, and returns how many rows they have. A terminal that has become
// narrower since has wrapped them: each has as many rows as its width needs. They are cleared row by row: a terminal may
// keep a screen that is cleared as a whole in what can be scrolled back to.
func (s *screen) back(width int) (b *strings.Builder, rows int) {
	for _, n := range s.drawn {
		rows += max(1, (n+width-1)/width)
	}
	b = &strings.Builder{}
	b.WriteString(lineStart)
	if rows > 1 { // the cursor stands in the last one
		fmt.Fprintf(b, cursorUp, rows-1)
	}
	return b, rows
}

// write writes past the escaping: the texts went through it already.
func (s *screen) write(text string) { _, _ = io.WriteString(forPrograms(s.w), text) }
