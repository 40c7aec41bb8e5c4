package apply

import (
	"strings"
	"testing"
)

func TestTheLastWholeLineOfSeveralStreamsIsKept(t *testing.T) {
	for writes, want := range map[string]string{
		"1:a\n":                        "a",
		"1:a\nb\n":                     "b",
		"1:a\nb":                       "a",
		"1:a\nb|1:c\n":                 "bc",
		"1:a\n\n":                      "a",
		"1:pass|2:other\n|1:word\n":    "password",
		"1:half|2:a\nb":                "a",
		"1:10%\r20%\r\n":               "20%",
		"1:never ended":                "",
		"1:x\n|1:" + "y|1:z\nq\n|1:\n": "q",
	} {
		var l lastLine
		streams := map[string]*lineWriter{"1": l.stream(), "2": l.stream()}
		for _, w := range strings.Split(writes, "|") {
			stream, text, _ := strings.Cut(w, ":")
			if n, err := streams[stream].Write([]byte(text)); n != len(text) || err != nil {
				t.Fatal(n, err)
			}
		}
		if got := l.String(); got != want {
			t.Errorf("%q: %q, want %q", writes, got, want)
		}
	}
}

func TestALongLineIsCutAsATailIs(t *testing.T) {
	var l lastLine
	w := l.stream()
	for range 3 {
		_, _ = w.Write([]byte(strings.Repeat("x", tailBytes)))
	}
	_, _ = w.Write([]byte("end\n"))
	if got := l.String(); !strings.HasPrefix(got, "[...]x") || !strings.HasSuffix(got, "xend") || len(got) > tailBytes+5 {
		t.Errorf("%d bytes: %.20s…%s", len(got), got, got[len(got)-5:])
	}
}
