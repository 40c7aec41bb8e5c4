package many

import (
	"fmt"
	"strings"
)

// Errors are several errors at once.
type Errors []error

// Error returns a line for each error, after their number.
func (e Errors) Error() string {
	lines := Lines(e)
	if len(lines) == 1 {
		return lines[0]
	}
	return fmt.Sprintf("%d problems:\n  %s", len(lines), strings.Join(lines, "\n  "))
}

// Unwrap returns the errors, for errors.Is and errors.As.
func (e Errors) Unwrap() []error { return e }

// Join returns errors as one; nil when all are nil. Aggregates among them are taken apart.
func Join(errs ...error) error {
	var all Errors
	for _, err := range errs {
		if several, ok := err.(Errors); ok { //nolint:errorlint // one that is wrapped has more to say
			all = append(all, several...)
		} else if err != nil {
			all = append(all, err)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// within is an error with what was being done.
type within struct {
	doing string
	err   error
}

// Error puts what was being done in front.
func (w *within) Error() string { return w.doing + ": " + w.err.Error() }

// Unwrap returns the error.
func (w *within) Unwrap() error { return w.err }

// Within returns an error with what was being done in front; nil when there is none.
func Within(doing string, err error) error {
	if err == nil {
		return nil
	}
	return &within{doing, err}
}

// kind is an error that is one of a kind, which its text does not name.
type kind struct{ sentinel, err error }

// Error is the error's own text.
func (k *kind) Error() string { return k.err.Error() }

// Unwrap returns the kind and the error.
func (k *kind) Unwrap() []error { return []error{k.sentinel, k.err} }

// Kind returns an error that errors.Is finds to be the sentinel too; nil when there is none.
func Kind(sentinel, err error) error {
	if err == nil {
		return nil
	}
	return &kind{sentinel, err}
}

// Lines returns an error as lines: one for each error of an aggregate, below what was being done.
func Lines(err error) []string {
	switch e := err.(type) { //nolint:errorlint // each level is looked at in turn
	case nil:
		return nil
	case Errors:
		var lines []string
		for _, one := range e {
			lines = append(lines, Lines(one)...)
		}
		return lines
	case *kind:
		return Lines(e.err)
	case *within:
		lines := Lines(e.err)
		if len(lines) == 1 {
			return []string{e.doing + ": " + lines[0]}
		}
		return append([]string{e.doing + ":"}, lines...)
	}
	var lines []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// Text returns an error as a text of lines, without indentation.
func Text(err error) string { return strings.Join(Lines(err), "\n") }
