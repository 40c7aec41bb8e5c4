package cli

import (
	"errors"
	"io"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// wrapper is a writer in front of another one.
type wrapper interface{ Unwrap() io.Writer }

// fileOf returns the file that a writer ends at; nil where it is none.
func fileOf(w io.Writer) *os.File {
	for {
		switch t := w.(type) {
		case *os.File:
			return t
		case wrapper:
			w = t.Unwrap()
		default:
			return nil
		}
	}
}

// isTerminal reports whether a writer ends at a terminal that takes control sequences.
func isTerminal(w io.Writer) bool {
	f, term := fileOf(w), os.Getenv("TERM")
	return f != nil && term != "" && term != "dumb" && sizeOf(f) != nil
}

// sizeOf returns the size of the terminal behind a file; nil where there is none.
func sizeOf(f *os.File) *unix.Winsize {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return nil
	}
	return size
}

// widthOf returns how many characters fit on a line: $COLUMNS, else what the terminal says; 0 = any number, as in
// a pipe or a file.
func widthOf(w io.Writer) int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if f := fileOf(w); f != nil {
		if size := sizeOf(f); size != nil {
			return int(size.Col)
		}
	}
	return 0
}

// heightOf returns how many lines a terminal has; 0 = any number.
func heightOf(w io.Writer) int {
	if f := fileOf(w); f != nil {
		if size := sizeOf(f); size != nil {
			return int(size.Row)
		}
	}
	return 0
}

// colored reports whether a writer takes colors: a terminal, unless NO_COLOR says otherwise.
func colored(w io.Writer) bool { return os.Getenv("NO_COLOR") == "" && isTerminal(w) }

// pipe is a writer whose reader may go away, as that of "paunch list | head" does. What is written then is
// dropped without an error: the exit code stays that of the work.
type pipe struct {
	to     io.Writer
	closed atomic.Bool
}

// Write writes p, or drops it where nobody reads.
func (p *pipe) Write(text []byte) (int, error) {
	if p.closed.Load() {
		return len(text), nil
	}
	n, err := p.to.Write(text)
	if errors.Is(err, syscall.EPIPE) {
		p.closed.Store(true)
		return len(text), nil
	}
	return n, err
}

// Unwrap returns the writer below.
func (p *pipe) Unwrap() io.Writer { return p.to }

// readerGone reports whether nobody reads what is written to w: a command that goes on for ever ends then.
func readerGone(w io.Writer) bool {
	for {
		if p, ok := w.(*pipe); ok {
			return p.closed.Load()
		}
		below, ok := w.(wrapper)
		if !ok {
			return false
		}
		w = below.Unwrap()
	}
}
