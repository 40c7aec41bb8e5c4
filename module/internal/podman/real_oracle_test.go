//go:build realpodman

package podman

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/spec"
	"github.com/overcloud/paunch/module/internal/testbed"
)

// This file compares the containers that the API makes of an entry with those that the command line of the
// Podman under test makes of the same words.

// sample is a value of a key, and the words that say the same to podman create.
type sample struct {
	flag    string
	keys    map[string]any
	words   []string
	refused string // part of the sentence with which the key is refused although podman takes the words
	// orRefused is part of a sentence with which an older Podman's key may be refused, where its command line takes
	// the words and does something else.
	orRefused string
	apiOnly   bool // the API takes it from us although an older command line does not know the words
	// path is what inspect shows of it, and value what it must be: an older command line mangles it.
	path  string
	value any
}

func (s sample) String() string {
	text, err := json.Marshal(s.keys)
	if err != nil {
		return s.flag
	}
	return string(text)
}

// entry decodes the sample as the only entry of a step.
func (s sample) entry(name string) (config.Entry, error) {
	keys := maps.Clone(s.keys)
	keys["image"] = testbed.Image
	keys["command"] = []any{"sh", "-c", "true"}
	e, _, err := config.DecodeEntry(name, "", keys, config.Options{Strict: true})
	return e, err
}

// createdContainer is one that was created, as Podman tells it; err is why it was not.
type createdContainer struct {
	info map[string]any // by path
	err  error
}

type oracle struct {
	client *Client
	http   *http.Client
	flags  map[string]bool // that this Podman's command line has

	mu       sync.Mutex
	compared map[string]bool // by flag: a container of it was made both ways
}

func newOracle(t *testing.T) *oracle {
	t.Helper()
	o := &oracle{client: connect(t), flags: map[string]bool{}, compared: map[string]bool{}}
	o.http = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", bed.Socket())
	}}}
	t.Cleanup(o.http.CloseIdleConnections)
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+)`).FindAllStringSubmatch(bed.Output(t, "create", "--help"), -1) {
		o.flags[m[1]] = true
	}
	return o
}

// overAPI creates the sample's container over the API.
func (o *oracle) overAPI(t *testing.T, s sample, name string) (config.Entry, createdContainer) {
	t.Helper()
	e, err := s.entry(name)
	if err == nil {
		err = spec.Check(e)
	}
	if err == nil {
		err = spec.CheckRelease([]config.Entry{e}, o.client.Version())
	}
	if err == nil {
		_, err = o.client.Create(t.Context(), apply.CreateRequest{Entry: e, Name: name})
	}
	return e, o.made(t, name, err)
}

// byCLI creates the container of some words by the command line.
func (o *oracle) byCLI(t *testing.T, words []string, name string) createdContainer {
	t.Helper()
	words = append([]string{"create", "--name", name}, words...)
	out, err := bed.Command(t.Context(), append(words, testbed.Image, "sh", "-c", "true")...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out)))
	}
	return o.made(t, name, err)
}

// made inspects a container, without what differs from one to the next.
func (o *oracle) made(t *testing.T, name string, err error) createdContainer {
	t.Helper()
	if err != nil {
		return createdContainer{err: err}
	}
	response, err := o.http.Get("http://podman/v4.3.0/libpod/containers/" + name + "/json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("inspect %s: %v %s", name, err, data)
	}
	return createdContainer{info: impersonal(t, data, name)}
}

// impersonal drops ids, names and times from what inspect shows.
func impersonal(t *testing.T, data []byte, name string) map[string]any {
	t.Helper()
	var id struct{ ID string }
	if err := json.Unmarshal(data, &id); err != nil || id.ID == "" {
		t.Fatalf("inspect %s: %v", name, err)
	}
	text := strings.NewReplacer(id.ID, "ID", id.ID[:12], "ID", name, "NAME").Replace(string(data))
	text = regexp.MustCompile(`[0-9a-f]{64}`).ReplaceAllString(text, "HASH")
	var info map[string]any
	if err := json.Unmarshal([]byte(text), &info); err != nil {
		t.Fatal(err)
	}
	delete(info, "Created")
	delete(info, "ExitCommand")
	delete(info, "lockNumber") // Podman 5 shows it
	if c, ok := info["Config"].(map[string]any); ok {
		delete(c, "CreateCommand")
	}
	flat := map[string]any{}
	flatten(flat, "", info)
	return flat
}

// flatten turns nested mappings into one, so that a difference is a line.
func flatten(into map[string]any, path string, v any) {
	m, ok := v.(map[string]any)
	if v == nil && strings.HasSuffix(path, "/Annotations") {
		return // as one that holds only notes of the command line
	}
	if !ok {
		into[path] = settled(path, v)
		return
	}
	for k, e := range m {
		if !slices.Contains(clientNotes(), k) {
			flatten(into, path+"/"+k, e)
		}
	}
}

// clientNotes are annotations by which some versions of Podman's command line note what they were asked for.
func clientNotes() []string {
	return []string{
		"io.kubernetes.cri-o.TTY", "io.podman.annotations.userns", "io.podman.annotations.pids-limit",
		"io.podman.annotations.cpuset", "io.podman.annotations.memory-nodes",
	}
}

// settled drops what differs without a meaning: the order of what Podman keeps in maps, ports of its own
// choice, and how no limit of swap is written.
func settled(path string, v any) any {
	switch path {
	case "/Config/Env", "/Mounts", "/HostConfig/Binds", "/HostConfig/BlkioDeviceReadBps", "/HostConfig/BlkioDeviceWriteBps":
		if l, ok := v.([]any); ok {
			slices.SortFunc(l, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	case "/HostConfig/MemorySwap":
		if swap, ok := v.(float64); ok && swap > 9e18 {
			return 0.0
		}
	}
	if l, ok := v.([]any); ok && strings.Contains(path, "Ports/") || strings.Contains(path, "/PortBindings/") {
		for _, e := range l {
			if binding, ok := e.(map[string]any); ok && fmt.Sprint(binding["HostPort"]) > "32767" && len(fmt.Sprint(binding["HostPort"])) == 5 {
				binding["HostPort"] = "any"
			}
		}
	}
	return v
}

// differences are the lines in which two containers differ.
func differences(byCLI, overAPI createdContainer) string {
	a, b := byCLI.info, overAPI.info
	both := maps.Clone(a)
	maps.Copy(both, b)
	var lines strings.Builder
	for _, path := range slices.Sorted(maps.Keys(both)) {
		was, had := a[path]
		is, has := b[path]
		if had != has || !cmp.Equal(was, is) {
			fmt.Fprintf(&lines, "  %s:\n    podman: %s\n    paunch: %s\n", path, shown(was, had), shown(is, has))
		}
	}
	return lines.String()
}

func shown(v any, there bool) string {
	if !there {
		return "none"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (o *oracle) compare(t *testing.T, s sample, name string) {
	t.Helper()
	e, overAPI := o.overAPI(t, s, "o"+name)
	byCLI := o.byCLI(t, s.words, "t"+name)
	switch {
	case s.refused != "":
		if overAPI.err == nil || !strings.Contains(overAPI.err.Error(), s.refused) {
			t.Errorf("should be refused with %q: %v", s.refused, overAPI.err)
		}
		return
	case s.orRefused != "" && overAPI.err != nil && strings.Contains(overAPI.err.Error(), s.orRefused):
		return
	case s.apiOnly && overAPI.err == nil && byCLI.err != nil:
		return
	case overAPI.err != nil && byCLI.err != nil:
		t.Logf("both refuse\npodman: %v\npaunch: %v", byCLI.err, overAPI.err)
		return
	case overAPI.err != nil || byCLI.err != nil:
		t.Errorf("podman create %s\npodman: %v\npaunch: %v", spec.Quote(s.words), byCLI.err, overAPI.err)
		return
	}
	o.mu.Lock()
	o.compared[s.flag] = true
	o.mu.Unlock()
	if s.path != "" {
		if !cmp.Equal(overAPI.info[s.path], s.value) {
			t.Errorf("%s: %s is %q", s, s.path, overAPI.info[s.path])
		}
		delete(overAPI.info, s.path)
		delete(byCLI.info, s.path)
	}
	if diff := differences(byCLI, overAPI); diff != "" {
		t.Errorf("%s, and podman create %s:\n%s", s, spec.Quote(s.words), diff)
	}
	printed := spec.Flags(e, "x")[1:]
	if same(printed, s.words) || s.path != "" {
		return
	}
	if diff := differences(byCLI, o.byCLI(t, printed, "p"+name)); diff != "" {
		t.Errorf("printed as podman create %s, for %s:\n%s", spec.Quote(printed), spec.Quote(s.words), diff)
	}
}

func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func TestEveryKeyMakesTheContainerThatPodmanMakesOfTheSameWords(t *testing.T) {
	o := newOracle(t)
	all := samples(t)
	sampled := map[string]bool{}
	for _, s := range all {
		for key := range s.keys {
			sampled[key] = true
		}
	}
	for _, k := range config.Keys() {
		if k.Flag != "" && k.Refused == "" && !sampled[k.Name] {
			t.Errorf("key %q has no sample", k.Name)
		}
	}
	t.Run("samples", func(t *testing.T) {
		for i, s := range all {
			t.Run(fmt.Sprintf("%s %s", s.flag, s), func(t *testing.T) {
				t.Parallel()
				o.compare(t, s, fmt.Sprintf("%04d", i))
			})
		}
	})
	t.Run("every option makes a container", func(t *testing.T) {
		for _, k := range config.Keys() {
			if o.flags[k.Flag] && k.Refused == "" && !o.compared[k.Flag] && !slices.Contains(needsMore(), k.Flag) {
				t.Errorf("no container was made with --%s", k.Flag)
			}
		}
	})
}

// needsMore are options of which a machine may lack what they need: subordinate ids, real-time scheduling, RDT,
// cgroups v2, GPUs.
func needsMore() []string {
	return []string{"subuidname", "subgidname", "cpu-rt-period", "cpu-rt-runtime", "rdt-class", "cgroup-conf", "gpus"}
}
