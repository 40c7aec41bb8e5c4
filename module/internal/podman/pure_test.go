package podman

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/containers/podman/v5/pkg/domain/entities/types"
	"github.com/google/go-cmp/cmp"
	"go.podman.io/image/v5/manifest"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/observed"
)

func TestRecordsOfAnEarlierContainerInTheSameFileAreLeftOut(t *testing.T) {
	at := func(second int, rest string) string {
		return fmt.Sprintf("2026-01-01T10:00:%02d.5+02:00 %s\n", second, rest)
	}
	window := []byte(at(1, "stdout F synced") + at(2, "stderr P half") + at(3, "stdout F mine") + at(4, "stderr P a") + at(4, "stderr F b") + "no record\n")
	for name, test := range map[string]struct {
		since     time.Time
		out, errs string
	}{
		"all of them":           {time.Time{}, "synced\nmine\n", "halfab\n"},
		"from one on":           {time.Date(2026, 1, 1, 8, 0, 3, 500_000_000, time.UTC), "mine\n", "ab\n"},
		"nothing was printed":   {time.Date(2026, 1, 1, 8, 0, 5, 0, time.UTC), "", ""},
		"a zone of another day": {time.Date(2025, 12, 31, 20, 0, 4, 0, time.FixedZone("", -12*3600)), "", "ab\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if err := writeRecords(window, false, test.since, &out, &errs); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{test.out, test.errs}, []string{out.String(), errs.String()}); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
	}
}

func TestALineThatBeganBeforeTheWindowIsMarked(t *testing.T) {
	at := func(second int, rest string) string { return fmt.Sprintf("2026-01-01T10:00:%02dZ %s\n", second, rest) }
	window := []byte(at(1, "stdout F rest of a line") + at(2, "stderr P and") + at(2, "stderr F more") + at(3, "stdout F whole"))
	var out, errs bytes.Buffer
	if err := writeRecords(window, true, time.Date(2026, 1, 1, 10, 0, 2, 0, time.UTC), &out, &errs); err != nil {
		t.Fatal(err)
	}
	// What an earlier container wrote is left out, and so is the mark: this one's lines are whole.
	if diff := cmp.Diff([]string{"whole\n", "[...]andmore\n"}, []string{out.String(), errs.String()}); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestTheOutputOfACheckThatPodmanCutIsMarked(t *testing.T) {
	for _, test := range []struct {
		output string
		limit  uint
		want   string
	}{
		{"short", 0, "short"},
		{strings.Repeat("x", 500), 0, strings.Repeat("x", 500) + "[...]"},
		{"12345", 5, "12345[...]"},
		{"1234", 5, "1234"},
		{"123\uFFFD", 4, "123[...]"},
	} {
		if got := wholeOutput(test.output, &define.InspectContainerConfig{HealthMaxLogSize: test.limit}); got != test.want {
			t.Errorf("%q with a limit of %d: %q", test.output, test.limit, got)
		}
	}
}

func TestHowLongAContainerIsRunningIsExactWhereItsProcessIsSeen(t *testing.T) {
	now := time.Date(2026, 1, 1, 10, 0, 20, 0, time.UTC)
	const uptime = 1000 * time.Second
	started := now.Add(-10 * time.Second) // in whole seconds
	for name, test := range map[string]struct {
		begun uint64 // ticks since the boot
		want  time.Duration
	}{
		"its process is not seen":        {0, 9 * time.Second},
		"it began within that second":    {99_040, 9600 * time.Millisecond},
		"it was prepared before":         {90_000, 10 * time.Second},
		"a clock that was set meanwhile": {99_900, 9 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			if got := runningFor(observed.Container{StartedAt: started, Begun: test.begun}, now, uptime); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	if got := runningFor(observed.Container{StartedAt: now.Add(time.Hour)}, now, uptime); got != 0 {
		t.Errorf("started in the future: %s", got)
	}
}

func frame(stream byte, text string) string {
	return string([]byte{stream, 0, 0, 0, byte(len(text) >> 24), byte(len(text) >> 16), byte(len(text) >> 8), byte(len(text))}) + text
}

func TestDemuxSplitsStreams(t *testing.T) {
	var out, errs bytes.Buffer
	if err := demux(strings.NewReader(frame(1, "a\n")+frame(2, "b\n")+frame(0, "c\n")+frame(1, "")), &out, &errs); err != nil {
		t.Fatal(err)
	}
	if out.String() != "a\nc\n" || errs.String() != "b\n" {
		t.Errorf("stdout %q, stderr %q", out.String(), errs.String())
	}
	for name, stream := range map[string]string{
		"cut in a header": frame(1, "a")[:5], "cut in a frame": frame(1, "abc")[:9], "an unknown stream": frame(9, "a"),
	} {
		if err := demux(strings.NewReader(stream), io.Discard, io.Discard); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := demux(strings.NewReader(frame(3, "Boom.\n")), io.Discard, io.Discard); err == nil || err.Error() != "from podman: boom" {
		t.Errorf("an error of the service: %v", err)
	}
}

func FuzzDemux(f *testing.F) {
	f.Add([]byte(frame(1, "a\n") + frame(2, "b\n")))
	f.Add([]byte(frame(3, "error")))
	f.Add([]byte{1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 'x'})
	f.Fuzz(func(t *testing.T, stream []byte) {
		var out, errs bytes.Buffer
		_ = demux(bytes.NewReader(stream), &out, &errs)
		if out.Len()+errs.Len() > len(stream) {
			t.Errorf("%d and %d bytes of %d", out.Len(), errs.Len(), len(stream))
		}
	})
}

func TestFullyQualifiedImagesAreMatchedWithoutAsking(t *testing.T) {
	const digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	index := indexImages([]*types.ImageSummary{
		{ID: "sha256:1", RepoTags: []string{"quay.io/o/nova:17", "localhost/busybox:latest"}, RepoDigests: []string{"quay.io/o/nova@" + digest}},
		{ID: "2", RepoTags: []string{"127.0.0.1:5000/o/glance:latest"}},
	})
	for _, test := range []struct {
		ref, id string
		sure    bool
	}{
		{"quay.io/o/nova:17", "1", true},
		{"quay.io/o/nova:18", "", true},
		{"quay.io/o/nova", "", true},
		{"localhost/busybox", "1", true},
		{"127.0.0.1:5000/o/glance", "2", true},
		{"quay.io/o/nova@" + digest, "1", true},
		{"quay.io/o/nova:17@" + digest, "1", true},
		{"quay.io/o/other@" + digest, "", false},
		{"busybox", "", false},
		{"library/busybox", "", false},
		{"e3b0c4", "", false},
		{"quay.io/UPPER", "", false},
		{"", "", false},
	} {
		if id, sure := index.lookup(test.ref); id != test.id || sure != test.sure {
			t.Errorf("%q: got %q, sure %v; want %q, %v", test.ref, id, sure, test.id, test.sure)
		}
	}
}

func TestStatesAreMapped(t *testing.T) {
	for word, want := range map[string]observed.Status{
		"created": observed.Created, "initialized": observed.Created, "configured": observed.Created, "running": observed.Running,
		"paused": observed.Paused, "exited": observed.Exited, "stopped": observed.Stopped, "stopping": observed.Stopping,
		"removing": observed.Removing, "unknown": observed.Unknown, "": observed.Unknown, "new in 7": observed.Unknown,
	} {
		if got := status(word); got != want {
			t.Errorf("%q: got %s, want %s", word, got, want)
		}
	}
	for word, want := range map[string]string{"healthy": "healthy", "unhealthy": "unhealthy", "starting": "starting", "": "", "Up 3 minutes": ""} {
		if got := health(word); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
	if got := unixTime(-62135596800); !got.IsZero() {
		t.Errorf("the time of what never started is %v", got)
	}
}

func TestAnswersAreClassified(t *testing.T) {
	for _, test := range []struct {
		status  int
		message string
		want    error
	}{
		{404, `no container with name or ID "x" found: no such container`, apply.ErrNotFound},
		{500, `no container with name or ID "x" found: no such container`, apply.ErrNotFound},
		{500, `creating container storage: the container name "x" is already in use by 1a2b. You have to remove that container to be able to reuse that name: that name is already in use`, apply.ErrNameTaken},
		{500, `creating container storage: the container name "x" is already in use by 1a2b. You have to remove that container to be able to reuse that name: that name is already in use, or use --replace to instruct Podman to do so.`, apply.ErrNameTaken},
		{409, `name "x" is in use: container already exists`, apply.ErrNameTaken},
		{409, `volume "x" already exists: volume already exists`, nil},
		{409, `container 1 has dependent containers which must be removed before it: 2: container already exists`, apply.ErrHasDependents},
		{404, `no such image`, nil},
		{500, `OCI runtime error: crun: boom`, nil},
	} {
		if got := classify(test.status, test.message); !errors.Is(got, test.want) {
			t.Errorf("%d %s: got %v, want %v", test.status, test.message, got, test.want)
		}
	}
}

func TestPullErrorsArePermanentWhereTryingAgainIsNoUse(t *testing.T) {
	for message, want := range map[string]bool{
		"initializing source docker://127.0.0.1:5000/x:1: reading manifest 1 in 127.0.0.1:5000/x: manifest unknown: manifest unknown":                                           true,
		"initializing source docker://127.0.0.1:5000/x:1: unable to retrieve auth token: invalid username/password: authentication required":                                    true,
		"initializing source docker://quay.io/x:1: reading manifest 1 in quay.io/x: unauthorized: access to the requested resource is not authorized":                           true,
		"copying system image from manifest list: Source image rejected: Running image docker://127.0.0.1:5000/x:1 is rejected by policy.":                                      true,
		"parsing reference \"UPPER\": invalid reference format: repository name must be lowercase":                                                                              true,
		"short-name \"x\" did not resolve to an alias and no unqualified-search registries are defined":                                                                         true,
		"pinging container registry 127.0.0.1:5000: Get \"https://127.0.0.1:5000/v2/\": http: server gave HTTP response to HTTPS client":                                        true,
		"pinging container registry 127.0.0.1:5000: Get \"https://127.0.0.1:5000/v2/\": x509: certificate signed by unknown authority":                                          true,
		"pinging container registry 127.0.0.1:5000: Get \"https://127.0.0.1:5000/v2/\": dial tcp 127.0.0.1:5000: connect: connection refused":                                   false,
		"pinging container registry quay.io: Get \"https://quay.io/v2/\": dial tcp: lookup quay.io: no such host":                                                               false,
		"pinging container registry quay.io: Get \"https://quay.io/v2/\": net/http: TLS handshake timeout":                                                                      false,
		"reading manifest latest in docker.io/library/x: toomanyrequests: You have reached your pull rate limit":                                                                false,
		"2 errors occurred while pulling:\n * initializing source docker://a.example/x: manifest unknown\n * pinging container registry b.example: connect: connection refused": false,
		"writing blob: storing blob to file \"/var/tmp/storage1/1\": write /var/tmp/storage1/1: no space left on device":                                                        false,
		"reading blob sha256:1: fetching blob: received unexpected HTTP status: 503 Service Unavailable":                                                                        false,
	} {
		if got := errors.Is(pullError(errors.New(message)), apply.ErrPermanent); got != want {
			t.Errorf("%s: permanent is %v, want %v", message, got, want)
		}
	}
}

func TestMessagesBecomePartsOfASentence(t *testing.T) {
	for in, want := range map[string]string{
		"Error: No such thing.\n":           "no such thing",
		"OCI runtime error: crun: x":        "OCI runtime error: crun: x",
		"two\n  lines":                      "two lines",
		"":                                  "",
		"X":                                 "x",
		"Source image rejected: by policy.": "source image rejected: by policy",
	} {
		if got := tidy(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// breaking fails every request on the wire and counts them.
type breaking struct{ tried int }

func (b *breaking) RoundTrip(*http.Request) (*http.Response, error) {
	b.tried++
	return nil, io.ErrUnexpectedEOF
}

func TestAFailureOnTheWireIsTriedOnceAndKeepsItsCause(t *testing.T) {
	b := &breaking{}
	client := http.Client{Transport: oneTry{b}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://d/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatalf("the bindings would repeat it: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.ReadAll(resp.Body)
	var wire wireError
	if !errors.As(fmt.Errorf("unable to process API response: %w", err), &wire) || !errors.Is(err, io.ErrUnexpectedEOF) || b.tried != 1 {
		t.Errorf("got %v after %d tries", err, b.tried)
	}
}

func TestAnImagesHealthcheckTakesTheEntrysTiming(t *testing.T) {
	image := manifest.Schema2HealthConfig{Test: []string{"CMD", "check"}, Interval: 5, Retries: 2}
	got := mergeHealth(image, manifest.Schema2HealthConfig{Interval: -1, Timeout: 7})
	want := &manifest.Schema2HealthConfig{Test: []string{"CMD", "check"}, Interval: 0, Timeout: 7, Retries: 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("healthcheck (-want +got):\n%s", diff)
	}
}

func TestTheRuntimesWordIsFoundInWhatTheServicePrinted(t *testing.T) {
	runc := `time="2026-11-29T23:39:25Z" level=warning msg="Setting back cgroup configs failed"
time="2026-11-29T23:39:25Z" level=error msg="failed to write \"77\": write cpuset.cpus: numerical result out of range"
`
	for text, want := range map[string]string{
		runc: `failed to write "77": write cpuset.cpus: numerical result out of range`,
		"2026-11-29T23:39:25Z: memory limit is below the current usage\n" + `time="x" level=info msg="something"` + "\n": "2026-11-29T23:39:25Z: memory limit is below the current usage",
		"": "",
		`time="x" level=warning msg="cgroups-v1 is deprecated"`: "",
	} {
		if got := runtimesWord(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
