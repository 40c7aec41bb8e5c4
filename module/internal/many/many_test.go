package many_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/many"
)

func TestErrorsArePrintedAsALineEach(t *testing.T) {
	a, b, c := errors.New("a"), errors.New("b"), errors.New("c\n  d\n") //nolint:revive // as text of another program comes
	for name, tc := range map[string]struct {
		err         error
		text, lines string
	}{
		"one":                  {many.Join(nil, a), "a", "a"},
		"several":              {many.Join(a, b), "2 problems:\n  a\n  b", "a\nb"},
		"nested":               {many.Join(many.Join(a, b), c), "4 problems:\n  a\n  b\n  c\n  d", "a\nb\nc\nd"},
		"within, one":          {many.Within("do", a), "do: a", "do: a"},
		"within, several":      {many.Within("do", many.Join(a, b)), "do: 2 problems:\n  a\n  b", "do:\na\nb"},
		"within among several": {many.Join(a, many.Within("do", b)), "2 problems:\n  a\n  do: b", "a\ndo: b"},
		"a kind":               {many.Kind(io.EOF, many.Within("do", many.Join(a, b))), "do: 2 problems:\n  a\n  b", "do:\na\nb"},
		"the library's":        {errors.Join(a, b), "a\nb", "a\nb"},
	} {
		if diff := cmp.Diff([]string{tc.text, tc.lines}, []string{tc.err.Error(), many.Text(tc.err)}); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if many.Join(nil, nil) != nil || many.Within("do", nil) != nil || many.Kind(io.EOF, nil) != nil || many.Text(nil) != "" {
		t.Error("no error is not nil")
	}
}

// odd is an error with a value of its own.
type odd struct{ n int }

func (o odd) Error() string { return fmt.Sprint(o.n) }

func TestWhatAnErrorIsCanBeAskedThroughEveryLevel(t *testing.T) {
	err := many.Kind(io.EOF, many.Within("do", many.Join(io.ErrNoProgress, fmt.Errorf("more: %w", odd{7}))))
	var o odd
	if !errors.Is(err, io.EOF) || !errors.Is(err, io.ErrNoProgress) || errors.Is(err, io.ErrClosedPipe) || !errors.As(err, &o) || o.n != 7 {
		t.Errorf("%v, %d", err, o.n)
	}
}
