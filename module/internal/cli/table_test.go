package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"
)

func TestATableFitsTheTerminalAndKeepsTheEndOfImages(t *testing.T) {
	columns := columnsOf("CONTAINER", "IMAGE", "REASON")
	rows := [][]string{
		{"keystone", "registry.example.com:5000/namespace/centos-binary-keystone:current", "config changed: environment, volumes"},
		{"日本語の名前の容器", "a:1", ""},
	}
	for _, width := range []int{200, 80, 40, 24, 10, 1} {
		t.Setenv("COLUMNS", "")
		if width < 200 {
			t.Setenv("COLUMNS", itoa(width))
		}
		var out bytes.Buffer
		if err := printTable(&out, columns, rows); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != 3 {
			t.Fatalf("width %d: %d lines:\n%s", width, len(lines), out.String())
		}
		for _, l := range lines {
			if runewidth.StringWidth(l) > width {
				t.Errorf("width %d: %q has %d", width, l, runewidth.StringWidth(l))
			}
		}
		if width == 80 && !strings.Contains(lines[1], "…") || width >= 80 && !strings.Contains(lines[1], "keystone:current") {
			t.Errorf("width %d: %q", width, lines[1])
		}
	}
}

func itoa(n int) string { return strings.TrimLeft(string(rune('0'+n/10))+string(rune('0'+n%10)), "0") }

func TestAnUptimeIsInItsLargestUnit(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for since, want := range map[string]string{
		"": "-", "2026-03-02T11:59:55Z": "5s", "2026-03-02T11:00:01Z": "59m", "2026-03-01T12:00:01Z": "23h",
		"2026-02-27T12:00:00Z": "3d", "2026-03-02T12:00:05Z": "0s",
	} {
		if got := uptime(since, now); got != want {
			t.Errorf("%q: got %q, want %q", since, got, want)
		}
	}
}
