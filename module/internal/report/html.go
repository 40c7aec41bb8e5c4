package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"
)

//go:embed page.html
var pageText string

// HTML writes runs as one page that needs no other file and no network. Made is the time to print on it.
func HTML(w io.Writer, runs []Run, made time.Time) error {
	t, err := template.New("page").Funcs(template.FuncMap{"took": took}).Parse(pageText)
	if err != nil {
		return fmt.Errorf("template of the page: %w", err)
	}
	if err := t.Execute(w, newPage(runs, made)); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// took is a duration for people: milliseconds below a second, else a tenth of a second.
func took(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	default:
		return d.Round(100 * time.Millisecond).String()
	}
}
