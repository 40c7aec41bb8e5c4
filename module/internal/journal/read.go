package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Read returns one field of the newest records that have all of these fields, the oldest first; at most a number of
// them. It asks journalctl, which knows of rotated journals and of who may read them.
func Read(ctx context.Context, field string, match map[string]string, most int) ([]string, error) {
	args := []string{"--output=json", "--all", "--no-pager", "--quiet", fmt.Sprintf("--lines=%d", most)}
	for name, value := range match {
		args = append(args, name+"="+value)
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "journalctl", args...) //nolint:gosec // no shell; the values are single words
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("this host has no journal; its syslog has the records, under the name " + Identifier)
	case err != nil:
		return nil, fmt.Errorf("journalctl: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return fieldsOf(out, field)
}

// fieldsOf reads the lines of journalctl's JSON. A field that is not text is left out.
func fieldsOf(lines []byte, field string) ([]string, error) {
	var values []string
	for line := range bytes.Lines(lines) {
		var record map[string]any
		if err := json.Unmarshal(line, &record); err != nil {
			return nil, fmt.Errorf("read what journalctl printed: %w", err)
		}
		if value, ok := record[field].(string); ok {
			values = append(values, value)
		}
	}
	return values, nil
}
