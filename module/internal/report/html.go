package report

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"time"
)

//go:embed page.html
var pageText string

// HTML writes results as one page that needs no other file and no network. Made is the time to print on it.
func HTML(w io.Writer, results Results, made time.Time) error {
	t, err := template.New("page").Funcs(template.FuncMap{"took": took}).Parse(pageText)
	if err != nil {
		return fmt.Errorf("template of the page: %w", err)
	}
	if err := t.Execute(w, newPage(results, made)); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// WritePage writes the page to a file in one step: a reader never sees half of it.
func WritePage(path string, results Results) error {
	var text bytes.Buffer
	if err := HTML(&text, results, time.Now()); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".report-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = part.Write(text.Bytes())
	if err = errors.Join(err, part.Close()); err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(part.Name()))
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
