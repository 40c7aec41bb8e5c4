//go:build realpodman

package paunch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/ansiblemod"
	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// module runs the module face with JSON arguments and demands one JSON object, and an exit status that
// fits it.
func module(t *testing.T, args string) *paunch.Result {
	t.Helper()
	var out bytes.Buffer
	status := ansiblemod.Run(context.Background(), ansiblemod.StdinArgs, strings.NewReader(args), &out)
	var result paunch.Result
	decoder := json.NewDecoder(&out)
	if err := decoder.Decode(&result); err != nil {
		t.Fatal(err)
	}
	if err := decoder.Decode(new(any)); err != io.EOF {
		t.Errorf("something follows the result: %v", err)
	}
	diff(t, "exit status 1 where it failed", result.Failed, status == 1)
	return &result
}

// refused runs the module and demands a failure with one message that says something and is short
// enough to read.
func refused(t *testing.T, args string, says ...string) *paunch.Result {
	t.Helper()
	result := module(t, args)
	if !result.Failed {
		t.Fatalf("it did not fail: %s", result.Msg)
	}
	for _, text := range says {
		if !strings.Contains(result.Msg, text) {
			t.Errorf("the message does not say %q:\n%.2000s", text, result.Msg)
		}
	}
	if len(result.Msg) > 4000 {
		t.Errorf("a message of %d bytes: %.2000s", len(result.Msg), result.Msg)
	}
	return result
}

// arguments are the module's, for a config under a manager of the test's own.
func arguments(t *testing.T, more ...any) string {
	t.Helper()
	req := request(t, nil)
	return encode(t, with(config{"config_id": "step1", "managed_by": req.ManagedBy, "podman_url": bed.URL(), "settle": 0.5}, more...))
}

func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// write puts a text into a file of the test.
func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// bedOn sets a Podman up on a small disk, with its service running.
func bedOn(t *testing.T, disk *testbed.Disk) *testbed.Podman {
	t.Helper()
	small, err := testbed.NewIn(disk.Dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := small.Remove(); err != nil {
			t.Error(err)
		}
	})
	if err := small.StartService(); err != nil {
		t.Fatal(err)
	}
	return small
}

func TestAFullDiskLosesNothingAndTheNextRunGoesOn(t *testing.T) {
	disk := testbed.NewDisk(t, "48m")
	small := bedOn(t, disk)
	req := request(t, config{"web": service()})
	req.PodmanURL = small.URL()
	must(t, req)
	old := small.Output(t, "inspect", "--format", "{{.Id}} {{.State.Pid}}", "web")

	disk.Fill(t)
	req.Config = config{"web": service("environment", config{"A": "1"}), "new": service(), "later": service("start_order", 1)}
	result := mustFail(t, req, `container "web"`, `container "new"`, "no space left on device", "not reached")
	diff(t, "the old container runs on", old, small.Output(t, "inspect", "--format", "{{.Id}} {{.State.Pid}}", "web"))
	diff(t, "actions", map[string]string{"web": "failed", "new": "failed", "later": "not_reached"}, actions(result))

	disk.Free(t)
	diff(t, "with room", map[string]string{"web": "recreated", "new": "created", "later": "created"}, actions(must(t, req)))
	diff(t, "again", false, must(t, req).Changed)
	diff(t, "containers", "later\nnew\nweb", small.Output(t, "ps", "--all", "--external", "--sort", "names", "--format", "{{.Names}}"))
}

func TestAPullOntoAFullDiskTouchesNoContainer(t *testing.T) {
	registry := testbed.NewRegistry(t, testbed.RegistryOptions{})
	image := registry.Push(t, bed, "big:1")
	disk := testbed.NewDisk(t, "48m")
	small := bedOn(t, disk)
	req := request(t, config{"web": service()})
	req.PodmanURL, req.TLSVerify, req.PullRetries = small.URL(), new(bool), 0
	must(t, req)
	old := small.Output(t, "inspect", "--format", "{{.Id}} {{.State.Pid}}", "web")
	small.Output(t, "tag", testbed.Image, "localhost/other:1")

	disk.Fill(t)
	req.Config = config{"web": service("image", image)}
	mustFail(t, req, image, "no space left on device", "no container was touched")
	diff(t, "the old container runs on", old, small.Output(t, "inspect", "--format", "{{.Id}} {{.State.Pid}}", "web"))

	disk.Free(t)
	diff(t, "with room", map[string]string{"web": "recreated"}, actions(must(t, req)))
}

func TestAFullLogDiskKeepsNoJobFromItsEnd(t *testing.T) {
	bed.Clean(t)
	disk := testbed.NewDisk(t, "16m")
	disk.Fill(t)
	req := request(t, config{"good": job("yes | head -c 100000"), "bad": job("yes | head -c 100000; exit 3")})
	req.LogPath = disk.Dir
	mustFail(t, req, `container "bad"`, "exit code 3")
	disk.Free(t)
	req.Config["bad"] = job("yes | head -c 100000; echo fixed")
	diff(t, "with room", map[string]string{"good": "unchanged", "bad": "recreated"}, actions(must(t, req)))
	text, err := os.ReadFile(filepath.Join(disk.Dir, "bad.log"))
	if err != nil || !bytes.Contains(text, []byte("fixed")) {
		t.Errorf("the log: %v, %d bytes", err, len(text))
	}
}

func TestALogFileThatCannotBeMadeLeavesTheOldContainer(t *testing.T) {
	bed.Clean(t)
	disk := testbed.NewDisk(t, "1m", "nr_inodes=2")
	disk.Fill(t)
	req := request(t, config{"web": service()})
	must(t, req)
	old := bed.Output(t, "inspect", "--format", "{{.Id}} {{.State.Pid}}", "web")
	req.LogPath, req.LogDriver = disk.Dir, "k8s-file"
	req.Config = config{"web": service("environment", config{"A": 1})}
	mustFail(t, req, `container "web"`, "the old container")
	diff(t, "the old container runs on", old, bed.Output(t, "inspect", "--format", "{{.Id}} {{.State.Pid}}", "web"))
	diff(t, "containers", []string{"web running"}, listed(t))

	disk.Free(t)
	diff(t, "with room", map[string]string{"web": "recreated"}, actions(must(t, req)))
}

func TestAPodmanThatHangsIsAnErrorWithinABoundAndTheNextRunGoesOn(t *testing.T) {
	bed.Clean(t)
	first := request(t, config{"web": service()})
	must(t, first)
	web, manager := id(t, "web"), first.ManagedBy
	for name, hangsAt := range map[string]string{"at the listing": "/containers/json", "at a create": "/containers/create"} {
		t.Run(name, func(t *testing.T) {
			proxy := testbed.NewProxy(t, bed.Socket())
			var stopped atomic.Bool
			proxy.Fault(func(r *http.Request) bool {
				if strings.Contains(r.URL.Path, hangsAt) && stopped.CompareAndSwap(false, true) {
					if err := bed.SignalService(syscall.SIGSTOP); err != nil {
						t.Error(err)
					}
				}
				return false
			})
			goOn := func() {
				if err := bed.SignalService(syscall.SIGCONT); err != nil {
					t.Error(err)
				}
			}
			defer goOn()
			req := request(t, config{"web": service("environment", config{"HANGS": name})})
			req.ManagedBy = manager
			req.PodmanURL, req.PodmanTimeout = proxy.URL, time.Second
			began := time.Now()
			mustFail(t, req, "podman did not answer within 1s")
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			goOn()
			req.PodmanURL, req.PodmanTimeout = bed.URL(), 0
			// The request that hung may still have its effect, behind the look of the next run.
			waitFor(t, func() bool { return !must(t, req).Changed })
			diff(t, "containers", []string{"web running"}, listed(t))
		})
	}
	if web == id(t, "web") {
		t.Error("web is the old container")
	}
}

func TestAnAddressThatIsNoPodmanIsOneMessage(t *testing.T) {
	dir, err := os.MkdirTemp("", "paunch-address-") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	serve := func(name string, answer func(net.Conn)) string {
		path := filepath.Join(dir, name)
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go answer(conn)
			}
		}()
		return "unix://" + path
	}
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "stale"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	_ = stale.Close()
	say := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = c.Write([]byte(text))
			_, _ = c.Read(make([]byte, 4096))
			_ = c.Close()
		}
	}
	for name, c := range map[string]struct{ url, says string }{
		"it refuses":                 {"unix://" + dir + "/stale", "nobody listens there"},
		"no such socket":             {"unix://" + dir + "/none", "there is no such socket"},
		"a file":                     {"unix://" + write(t, filepath.Join(dir, "file"), "x"), "nobody listens there"},
		"a directory":                {"unix://" + dir, "nobody listens there"},
		"it speaks no HTTP":          {serve("ssh", say("SSH-2.0-OpenSSH_9.9\r\n")), "does not answer as Podman does"},
		"it hangs up":                {serve("mute", func(c net.Conn) { _ = c.Close() }), "does not answer as Podman does"},
		"it speaks HTTP, not Podman": {serve("web", say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")), "too old"},
	} {
		t.Run(name, func(t *testing.T) {
			result := refused(t, arguments(t, "config", config{"web": service()}, "podman_url", c.url), c.says, dir)
			if strings.Contains(result.Msg, "\n") {
				t.Errorf("more than one line: %s", result.Msg)
			}
			diff(t, "changed", false, result.Changed)
		})
	}
}

// large is a config of more than 10 MB: one container that is wanted among thousands.
func large() config {
	c := config{"web": service()}
	for i := range 10000 {
		c[fmt.Sprintf("other_%05d", i)] = service("environment", config{"FILLER": strings.Repeat("x", 1000)})
	}
	return c
}

func TestAConfigOfTenMegabytesWorksInlineAndAsAFile(t *testing.T) {
	bed.Clean(t)
	text := encode(t, large())
	if len(text) < 10<<20 {
		t.Fatalf("only %d bytes", len(text))
	}
	var inline any
	if err := json.Unmarshal([]byte(text), &inline); err != nil {
		t.Fatal(err)
	}
	path := write(t, filepath.Join(t.TempDir(), "step.json"), text)
	first := module(t, arguments(t, "config", inline, "containers", []any{"web"}))
	diff(t, "inline", "created web", first.Containers[0].Action+" "+first.Containers[0].Name)
	second := module(t, arguments(t, "config_path", path, "containers", []any{"web"}))
	diff(t, "as a file: "+second.Msg, false, second.Failed || second.Changed)
	diff(t, "containers", []string{"web running"}, listed(t))
}

func TestAnEntryOfTenMegabytesIsOneShortMessageAndLosesNothing(t *testing.T) {
	bed.Clean(t)
	module(t, arguments(t, "config", config{"web": service()}))
	web := id(t, "web")
	result := refused(t, arguments(t, "config", config{"web": service("environment", config{"BIG": strings.Repeat("x", 10<<20)})}), `"web"`)
	diff(t, "the old container", web, id(t, "web"))
	diff(t, "containers", []string{"web running"}, listed(t))
	t.Log(result.Msg)
}

// bomb is a YAML text that means 10^12 values.
const bomb = `a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]
h: &h [*g, *g, *g, *g, *g, *g, *g, *g, *g, *g]
i: &i [*h, *h, *h, *h, *h, *h, *h, *h, *h, *h]
j: &j [*i, *i, *i, *i, *i, *i, *i, *i, *i, *i]
k: &k [*j, *j, *j, *j, *j, *j, *j, *j, *j, *j]
web: {image: localhost/busybox, command: [*k, *k, *k, *k, *k, *k, *k, *k, *k, *k]}
`

func TestWhatCannotBeAConfigIsRefusedAndNothingIsTouched(t *testing.T) {
	bed.Clean(t)
	module(t, arguments(t, "config", config{"web": service()}))
	before := snapshot(t)
	dir := func(files ...string) string {
		d := t.TempDir()
		for i := 0; i+1 < len(files); i += 2 {
			write(t, filepath.Join(d, files[i]), files[i+1])
		}
		return d
	}
	entry := encode(t, service())
	named := func(name string) string { return arguments(t, "config", config{name: service()}) }
	for name, c := range map[string]struct {
		args string
		says []string
	}{
		"a YAML bomb":            {arguments(t, "config_path", write(t, filepath.Join(t.TempDir(), "bomb.yml"), bomb)), []string{"bomb.yml", "alias"}},
		"a name in two files":    {arguments(t, "config_path", dir("web.json", entry, "web.yml", entry)), []string{`"web"`, "web.json", "web.yml"}},
		"a hashed name too":      {arguments(t, "config_path", dir("web.json", entry, "hashed-web.json", entry)), []string{`"web"`, "hashed-web.json"}},
		"an empty name":          {named(""), []string{"name"}},
		"a path as name":         {named("../../etc/x"), []string{"../../etc/x"}},
		"a flag as name":         {named("--privileged"), []string{"--privileged"}},
		"a space in the name":    {named("a b"), []string{"a b"}},
		"a line in the name":     {named("a\nb"), []string{`a\nb`}},
		"a NUL in the name":      {named("a\x00b"), []string{`a\x00b`}},
		"a name in Greek":        {named("κέρβερος"), []string{"κέρβερος"}},
		"a NUL in the command":   {arguments(t, "config", config{"x": service("command", []any{"sh", "a\x00b"})}), []string{`"x"`, "command"}},
		"a NUL in a variable":    {arguments(t, "config", config{"x": service("environment", config{"A": "a\x00b"})}), []string{`"x"`, "environment"}},
		"a NUL in the image":     {arguments(t, "config", config{"x": service("image", "a\x00b")}), []string{`"x"`, "image"}},
		"a NUL in a path":        {arguments(t, "config_path", "/tmp/a\x00b"), []string{"read the config"}},
		"a NUL in the config id": {arguments(t, "config", config{}, "config_id", "a\x00b"), []string{"config_id"}},
		"a NUL in the address":   {arguments(t, "config", config{}, "podman_url", "unix:///a\x00b"), []string{"podman_url"}},
		"a bare NUL":             {"{\"config\": {}, \"config_id\": \"a\x00b\"}", []string{"not a JSON object", "column"}},
		"half an object":         {arguments(t, "config", config{"x": service()})[:60], []string{"not a JSON object"}},
		"two objects":            {arguments(t, "config", config{}) + arguments(t, "config", config{}), []string{"not a JSON object"}},
	} {
		t.Run(name, func(t *testing.T) {
			result := refused(t, c.args, c.says...)
			diff(t, "changed", false, result.Changed)
			diff(t, "the host", before, snapshot(t))
		})
	}
}
