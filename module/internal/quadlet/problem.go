package quadlet

import (
	"fmt"
	"strings"
)

func (r *reading) problem(u *unit, line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{Container: u.name, File: u.Path, Line: line, Text: fmt.Sprintf(format, args...)})
}

func (r *reading) warn(u *unit, line int, format string, args ...any) {
	r.warnings = append(r.warnings, Problem{Container: u.name, File: u.Path, Line: line, Text: fmt.Sprintf(format, args...)})
}

// line returns where a key is set first in a section, 0 where that is not in the file itself.
func (u *unit) line(section, key string) int {
	now := ""
	for i, text := range strings.Split(u.text, "\n") {
		text = strings.TrimSpace(text)
		switch {
		case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
			now = text[1 : len(text)-1]
			if key == "" && now == section {
				return i + 1
			}
		case now == section && key != "":
			if name, _, found := strings.Cut(text, "="); found && strings.TrimSpace(name) == key {
				return i + 1
			}
		}
	}
	return 0
}

// nearest ends a message about an unknown word with the known word that it most resembles.
func nearest(word string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(k, word) || len(word) > 3 && (strings.HasPrefix(k, word) || strings.HasPrefix(word, k)) {
			return fmt.Sprintf(": did you mean %s?", k)
		}
	}
	return ""
}
