//go:build realpodman

package paunch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/paunch"
)

// program runs the built program under a name, with a podman on its $PATH that prints to standard
// output as it starts, and returns its exit code and standard output.
func program(t *testing.T, name, stdin string, args ...string) (code int, stdout string) {
	t.Helper()
	dir, noisy := t.TempDir(), t.TempDir()
	script := "#!/bin/sh\necho noise of a child\nexec " + bed.Wrapper(t) + "/podman \"$@\"\n"
	if err := os.WriteFile(filepath.Join(noisy, "podman"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs(binary)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, name), args...)
	cmd.Env = append(bed.Env(), "PATH="+noisy+":"+os.Getenv("PATH"))
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout = &out
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// oneObject demands that a text is one JSON object on one line, a result.
func oneObject(t *testing.T, text string) paunch.Result {
	t.Helper()
	var result paunch.Result
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&result); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	if err := decoder.Decode(new(any)); err != io.EOF || strings.Count(text, "\n") != 1 {
		t.Errorf("more than one object: %q", text)
	}
	return result
}

func TestTheModulePrintsOneObjectWhateverItsChildrenPrint(t *testing.T) {
	bed.Clean(t)
	good := encode(t, config{"config_id": "c", "managed_by": "contract", "config": config{"job": job("echo hello")}, "_ansible_verbosity": 3})
	bad := encode(t, config{"config_id": "c", "managed_by": "contract", "config": config{"job": job("echo hello; exit 9")}})

	code, out := program(t, "paunch_step", good, "-")
	diff(t, "the exit status of success", 0, code)
	result := oneObject(t, out)
	if !result.Changed || !strings.HasPrefix(result.Podman.URL, "private service ") {
		t.Errorf("changed %v, url %s", result.Changed, result.Podman.URL)
	}

	// As Ansible calls it: a copy of another name, and a file.
	code, out = program(t, "AnsiballZ_paunch_step", "", write(t, filepath.Join(t.TempDir(), "args"), bad))
	diff(t, "the exit status of failure", 1, code)
	if result := oneObject(t, out); !result.Failed || !strings.Contains(result.Msg, "exit code 9") {
		t.Error(result.Msg)
	}

	code, out = program(t, "paunch_step", "{", "-")
	diff(t, "the exit status of wrong arguments", 1, code)
	diff(t, "wrong arguments fail", true, oneObject(t, out).Failed)
}

func TestTheProgramsNameAndFirstWordTellTheEntryPoints(t *testing.T) {
	for _, name := range []string{"paunch", "paunch_step"} {
		code, out := program(t, name, "", "version")
		diff(t, name+" version", 0, code)
		if !strings.HasPrefix(out, "paunch ") {
			t.Errorf("%s version says %q", name, out)
		}
	}
	code, out := program(t, "paunch", "", "/no/such/args")
	diff(t, "paunch with a path is a wrong command line", 2, code)
	diff(t, "on standard output", "", out)
	code, out = program(t, "paunch_step", "", "/no/such/args")
	diff(t, "paunch_step with a path is the module", 1, code)
	diff(t, "it fails", true, oneObject(t, out).Failed)
}
