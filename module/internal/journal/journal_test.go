package journal

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listen makes a socket and returns what is sent to it.
func listen(t *testing.T) (path string, received func() string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "j") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path = filepath.Join(dir, "s")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return path, func() string {
		buffer := make([]byte, 1<<16)
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		return string(buffer[:n])
	}
}

func TestARecordGoesToTheJournalWithItsFields(t *testing.T) {
	socket, received := listen(t)
	err := Journal{Socket: socket, Syslog: "/none"}.Send(Notice, "done", map[string]string{"PAUNCH_A": "one", "PAUNCH_B": "two\nlines"}, "")
	if err != nil {
		t.Fatal(err)
	}
	want := "MESSAGE=done\nPAUNCH_A=one\nPAUNCH_B\n\x09\x00\x00\x00\x00\x00\x00\x00two\nlines\nPRIORITY=5\nSYSLOG_IDENTIFIER=paunch\n"
	if d := cmp.Diff(want, received()); d != "" {
		t.Error(d)
	}
}

func TestWithoutAJournalTheRecordGoesToSyslogAndWithoutThatNowhere(t *testing.T) {
	socket, received := listen(t)
	if err := (Journal{Socket: "/none", Syslog: socket}).Send(Error, "failed", map[string]string{"R": "{}"}, "R"); err != nil {
		t.Fatal(err)
	}
	if got := received(); !strings.HasPrefix(got, "<11>paunch[") || !strings.HasSuffix(got, ": failed {}") {
		t.Error(got)
	}
	if err := (Journal{Socket: "/none", Syslog: "/none"}).Send(Error, "failed", map[string]string{}, ""); err != nil {
		t.Error(err)
	}
}

func TestRecordsAreReadFromWhatJournalctlPrints(t *testing.T) {
	got, err := fieldsOf([]byte("{\"R\":\"one\"}\n{\"R\":[1,2]}\n{\"R\":\"two\"}\n"), "R")
	if d := cmp.Diff([]string{"one", "two"}, got); d != "" || err != nil {
		t.Error(d, err)
	}
	if _, err := fieldsOf([]byte("-- no JSON"), "R"); err == nil {
		t.Error("a line that is not JSON is no error")
	}
}
