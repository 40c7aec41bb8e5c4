//go:build realpodman

package podman

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/testbed"
)

// bed is the Podman of these tests.
var bed *testbed.Podman

func TestMain(m *testing.M) {
	if run, ok := children[os.Getenv(childEnv)]; ok {
		run()
		return
	}
	os.Exit(testbed.Run(m, &bed))
}

// childEnv makes the test binary another process that does one thing.
const childEnv = "PAUNCH_PODMAN_TEST_CHILD"

var children = map[string]func(){
	"private":  childPrivate,
	"rootless": childRootless,
}

// connect returns a client of the bed's service; containers go at the end of the test.
func connect(t *testing.T) *Client {
	t.Helper()
	return connectTo(t, bed.URL())
}

func connectTo(t *testing.T, url string) *Client {
	t.Helper()
	bed.Clean(t)
	return connectBeside(t, url)
}

// connectBeside is connectTo for a second client: what the first one made stays.
func connectBeside(t *testing.T, url string) *Client {
	t.Helper()
	c, err := Connect(t.Context(), Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

var names atomic.Int64

// entry is a container without network that runs a shell script.
func entry(script string, more ...config.Option) config.Entry {
	return config.Entry{
		Name: fmt.Sprintf("t%d-x", names.Add(1)), Image: testbed.Image, Command: []string{"sh", "-c", script},
		Options: append([]config.Option{option("network", "none")}, more...), ExitCodes: []int{0},
	}
}

func option(flag string, values ...string) config.Option {
	return config.Option{Flag: flag, Key: strings.ReplaceAll(flag, "-", "_"), Values: values}
}

// start creates and starts an entry's container.
func start(t *testing.T, c *Client, e config.Entry) string {
	t.Helper()
	id := create(t, c, e)
	if err := c.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return id
}

func create(t *testing.T, c *Client, e config.Entry) string {
	t.Helper()
	id, err := c.Create(t.Context(), apply.CreateRequest{Entry: e, Name: e.Name})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// runsOn is a script that runs until SIGTERM.
const runsOn = "trap 'exit 143' TERM; sleep 10000 & wait"

// script is a shell script that behaves so.
func script(b applytest.Behaviour) string {
	var s strings.Builder
	if b.RunsOn {
		fmt.Fprintf(&s, "trap 'exit %d' TERM; ", b.StopCode)
	}
	for _, line := range b.Stdout {
		fmt.Fprintf(&s, "echo %s; ", line)
	}
	for _, line := range b.Stderr {
		fmt.Fprintf(&s, "echo %s >&2; ", line)
	}
	if b.RunsOn {
		s.WriteString("sleep 10000 & wait")
	} else {
		fmt.Fprintf(&s, "exit %d", b.ExitCode)
	}
	return s.String()
}

// subject is the client as the conformance suite takes it.
func subject(t *testing.T, c *Client) applytest.Subject {
	return applytest.Subject{
		Runtime: c,
		Entry: func(b applytest.Behaviour) config.Entry {
			e := entry(script(b))
			if b.MissingExecutable {
				e.Command = []string{"/no/such/executable"}
			}
			switch b.Health {
			case applytest.NoHealthcheck:
			case applytest.Passes:
				e.Options = append(e.Options, option("health-cmd", "true"), option("health-interval", "disable"))
			case applytest.Fails:
				e.Options = append(e.Options, option("health-cmd", "false"), option("health-interval", "disable"))
			}
			return e
		},
		Command:  func(b applytest.Behaviour) []string { return []string{"sh", "-c", script(b)} },
		Leftover: func(name string) string { return bed.LeaveStorage(t, name) },
	}
}

func TestTheClientDoesAsTheFakeDoes(t *testing.T) {
	applytest.Conformance(t, func(t *testing.T) applytest.Subject { return subject(t, connect(t)) })
}
