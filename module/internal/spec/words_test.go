package spec

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/printable"
)

func TestCommandLineIsWhatAPersonWouldType(t *testing.T) {
	labels := map[string]string{"managed_by": "paunch", "config_id": "tripleo_step1"}
	for name, tc := range map[string]struct {
		keys raw
		want string
	}{
		"a service runs detached, with its policy": {
			raw{"image": "mariadb", "restart": "always", "net": "host", "user": 0, "volumes": []any{"/b:/b", "/a:/a"}},
			"podman run --detach --name=web --network=host --restart=always --user=0 --volume=/b:/b --volume=/a:/a --label=config_id=tripleo_step1 --label=managed_by=paunch mariadb",
		},
		"a one-shot runs attached": {
			raw{"image": "x", "detach": false, "command": `sh -c 'echo "$HOME"'`},
			`podman run --name=web --label=config_id=tripleo_step1 --label=managed_by=paunch x sh -c 'echo "$HOME"'`,
		},
		"a stopped one is only created": {
			raw{"image": "x", "state": "stopped"},
			"podman create --name=web --label=config_id=tripleo_step1 --label=managed_by=paunch x",
		},
		"remove never reaches podman": {
			raw{"image": "x", "detach": false, "remove": true},
			"podman run --name=web --label=config_id=tripleo_step1 --label=managed_by=paunch x",
		},
		"an exec runs in the container of the given name": {
			raw{"action": "exec", "command": "keystone /bin/true", "user": "root", "environment": raw{"A": "b c"}, "privileged": true, "workdir": "/srv"},
			"podman exec '--env=A=b c' --privileged --user=root --workdir=/srv web /bin/true",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Quote(CommandLine(decode(t, tc.keys), "web", labels))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestQuotedWordsComeBackFromAShell(t *testing.T) {
	words := []string{
		"plain", "", "a b", "it's", `"`, "$HOME", "`id`", "*", "~", "a\nb", "\t", `\`, "!x", "#", "a=b", "ü", "-",
		"\x1b[2J", "a\rb\r\n", "it's \u202e", "\u009b\xff\n", "\x7f",
	}
	if line := Quote(words); !printable.Safe(line) {
		t.Errorf("it acts upon a terminal: %q", line)
	}
	out, err := exec.Command("sh", "-c", "printf '%s\\0' "+Quote(words)).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if diff := cmp.Diff(words, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzQuote(f *testing.F) {
	f.Add("a b", "it's")
	f.Add("", "$(id)")
	f.Add("\x1b'", "\r\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		words := []string{a, b}
		if strings.Contains(a+b, "\x00") {
			return // no word of a command line
		}
		out, err := exec.Command("sh", "-c", "printf '%s\\0' "+Quote(words)).Output()
		got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		if err != nil || !slices.Equal(words, got) || !printable.Safe(Quote(words)) {
			t.Errorf("%q became %q (%v)", words, got, err)
		}
	})
}
