package ansiblemod_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/ansiblemod"
	"github.com/overcloud/paunch/module/paunch"
)

func decode(t *testing.T, text string) (ansiblemod.Args, ansiblemod.Control, error) {
	t.Helper()
	return ansiblemod.Decode(strings.NewReader(text))
}

func TestArgumentsAreReadAsAnsibleWritesThem(t *testing.T) {
	a, c, err := decode(t, `{"step": 3, "config_path": "/x", "timeout": 1.5, "tls_verify": false, "containers": ["a"],
		"labels": {"n": 1, "b": true}, "concurrency": null, "systemd": "always", "unit_prefix": "edpm", "systemd_order": "yes", "_ansible_check_mode": true, "_ansible_diff": true,
		"_ansible_unheard_of": {"x": 1}, "_ansible_version": "2.19.4"}`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ansiblemod.Control{CheckMode: true, Diff: true}, c); diff != "" {
		t.Error(diff)
	}
	r := a.Request(c)
	if r.Step != 3 || r.Timeout != 1500*time.Millisecond || !r.Check || *r.TLSVerify || r.Labels["n"] != "1" || r.Labels["b"] != "true" {
		t.Errorf("request: %+v", r)
	}
	if r.UnitPrefix != "edpm" || !r.SystemdOrder || r.Systemd != paunch.SystemdAlways {
		t.Errorf("systemd: %+v", r)
	}
	defaults := paunch.Defaults()
	if r.ManagedBy != defaults.ManagedBy || !r.CleanOrphans || !r.RestartStopped || r.PullRetries != defaults.PullRetries {
		t.Errorf("what was left out has not its default: %+v", r)
	}
}

func TestTextsThatTemplatesMakeAreAccepted(t *testing.T) {
	a, _, err := decode(t, `{"step": "4", "clean_orphans": "no", "timeout": "60", "valid_exit_codes": "0, 2", "containers": "a,b", "config_id": 7, "pull_retries": " 2 "}`)
	if err != nil {
		t.Fatal(err)
	}
	r := a.Request(ansiblemod.Control{})
	if r.Step != 4 || r.CleanOrphans || r.Timeout != time.Minute || r.ConfigID != "7" || r.PullRetries != 2 {
		t.Errorf("request: %+v", r)
	}
	if diff := cmp.Diff([]int{0, 2}, r.ValidExitCodes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a", "b"}, r.Containers); diff != "" {
		t.Error(diff)
	}
}

func TestTheFilesOfAControllerAreReadInPlaceOfTheHosts(t *testing.T) {
	args := func(patterns, text string) string {
		return fmt.Sprintf(`{"config_id": "c", "podman_url": "unix:///no/such/socket", "config_path": "/etc", "config_patterns": %q, "config_files": [
			{"path": "/etc", "type": "directory"}, {"path": "/etc/passwd", "type": "file", "text": %q}, {"path": "/etc/group", "type": "file"}]}`, patterns, text)
	}
	for name, tc := range map[string]struct{ args, says string }{
		"a file that is chosen":       {args("passwd", "image: x\ndetach: perhaps\n"), `container "passwd": key "detach"`},
		"a file that was left out":    {args("group", "image: x"), "its text was not sent"},
		"patterns that match nothing": {args("*.yml", "image: x"), "no file in /etc matches *.yml"},
		"a file without an end":       {args("passwd", "password: hunter2hunter2\nimage: [hunter2hunter2"), "not valid YAML"},
		"a list of paths":             {`{"config_files": ["/etc"]}`, "argument config_files: a list is expected, of: a mapping is expected"},
	} {
		var out bytes.Buffer
		status := ansiblemod.Run(context.Background(), ansiblemod.StdinArgs, strings.NewReader(tc.args), &out)
		var result paunch.Result
		if err := json.Unmarshal(out.Bytes(), &result); err != nil {
			t.Fatal(err)
		}
		if status != 1 || !strings.Contains(result.Msg, tc.says) || strings.Contains(out.String(), "hunter2") {
			t.Errorf("%s: status %d: %s", name, status, out.String())
		}
	}
}

func TestArgumentsInAPipeOrADirectoryAreRefusedAtOnce(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "args")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, t.TempDir(), "/dev/zero"} {
		var out bytes.Buffer
		if status := ansiblemod.Run(context.Background(), path, nil, &out); status != 1 || !strings.Contains(out.String(), "is not a regular file; name it - to read standard input") {
			t.Errorf("%s: status %d: %s", path, status, out.String())
		}
	}
}

// TestADurationIsSecondsOrAText holds for every argument that is a span of time.
func TestADurationIsSecondsOrAText(t *testing.T) {
	fields := map[string]func(paunch.Request) time.Duration{
		"timeout":        func(r paunch.Request) time.Duration { return r.Timeout },
		"health_timeout": func(r paunch.Request) time.Duration { return r.HealthTimeout },
		"settle":         func(r paunch.Request) time.Duration { return r.Settle },
		"podman_timeout": func(r paunch.Request) time.Duration { return r.PodmanTimeout },
		"pull_timeout":   func(r paunch.Request) time.Duration { return r.PullTimeout },
		"lock_timeout":   func(r paunch.Request) time.Duration { return r.LockTimeout },
	}
	for name, field := range fields {
		for value, want := range map[string]time.Duration{
			`90`: 90 * time.Second, `"90"`: 90 * time.Second, `1.5`: 1500 * time.Millisecond, `" 90 "`: 90 * time.Second,
			`"1m30s"`: 90 * time.Second, `"2h"`: 2 * time.Hour, `0`: 0, `"0"`: 0, `"500ms"`: 500 * time.Millisecond,
			`null`: field(paunch.Defaults()),
		} {
			a, _, err := decode(t, fmt.Sprintf(`{%q: %s}`, name, value))
			if err != nil {
				t.Errorf("%s: %s: %v", name, value, err)
			} else if got := field(a.Request(ansiblemod.Control{})); got != want {
				t.Errorf("%s: %s is %s, want %s", name, value, got, want)
			}
		}
		for _, value := range []string{`true`, `"soon"`, `""`, `-1`, `"-1s"`, `1e300`, `1e999`, `"NaN"`, `"inf"`, `[1]`, `{}`, `"1d"`} {
			_, _, err := decode(t, fmt.Sprintf(`{%q: %s}`, name, value))
			if err == nil || !strings.Contains(err.Error(), "argument "+name+": must be ") {
				t.Errorf("%s: %s: got %v", name, value, err)
			}
		}
	}
}

func TestWrongArgumentsAreAllNamedAtOnce(t *testing.T) {
	for text, want := range map[string][]string{
		``:                                 {"empty"},
		`[]`:                               {"not an object"},
		`{"step": 1`:                       {"line 1, column 10"},
		`{"stepp": 1, "konfig": {}}`:       {"unknown arguments: konfig, stepp", "accepted are: adopt, check_config_hash"},
		`{"step": "x", "strict": "maybe"}`: {"argument step: an integer", "argument strict: a bool"},
		`{"step": [1], "config": "x", "containers": {"a": 1}, "labels": {"a": [1]}, "timeout": true}`: {
			"argument step: an integer", "argument config: a mapping", "argument containers: a list", "argument labels: key a", `argument timeout: must be a number of seconds or a duration such as "1m30s"`,
		},
	} {
		_, _, err := decode(t, text)
		for _, part := range want {
			if part == "accepted are: adopt, check_config_hash" {
				part = "accepted are: adopt, "
			}
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: error %v does not say %q", text, err, part)
			}
		}
	}
}

func TestASecretInAWrongPlaceIsNotPrinted(t *testing.T) {
	for _, text := range []string{`{"config": "hunter22"}`, `{"config": {"a": hunter22}}`, `"hunter22"`} {
		if _, _, err := decode(t, text); err == nil || strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestEveryAnswerIsOneJSONObject runs the module on arguments that cannot work.
func TestEveryAnswerIsOneJSONObject(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"truncated": `{"step": 1, "config": {"a": {"ima`, "empty": ``, "binary": "\x00\x01", "not an object": `1`,
		"nothing to do": `{"step": 1}`, "both": `{"step": 1, "config": {}, "config_path": "/x"}`,
		"no such path": `{"step": 1, "config_path": "/no/such/path", "podman_url": "unix:///no/such/socket"}`,
		"bad values":   `{"state": "gone", "pull": "maybe", "step": -1, "config": {}, "managed_by": "a/b", "timeout": -1}`,
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, strings.ReplaceAll(name, " ", "_"))
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			code := ansiblemod.Run(context.Background(), file, nil, &out)
			var result struct {
				Failed, Changed bool
				Msg             string
			}
			if err := json.Unmarshal(out.Bytes(), &result); err != nil {
				t.Fatalf("%v in %q", err, out.String())
			}
			if code != 1 || !result.Failed || result.Changed || result.Msg == "" {
				t.Errorf("exit status %d, result %+v", code, result)
			}
		})
	}
	var out bytes.Buffer
	if code := ansiblemod.Run(context.Background(), filepath.Join(dir, "missing"), nil, &out); code != 1 || !strings.Contains(out.String(), "no such file") {
		t.Errorf("a missing args file: %d %s", code, out.String())
	}
}

// FuzzDecode: arguments are never a panic, and never accepted with an unknown key.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"step": 1, "config": {"a": {"image": "x"}}}`, `{"step": "1", "labels": {"a": 1}, "_ansible_diff": "yes"}`,
		`{"timeout": 1e400}`, `{"valid_exit_codes": "1,,2"}`, `{"": 1}`, `{"step": 99999999999999999999}`, "{\"a\x00\": 1}",
	} {
		f.Add(seed)
	}
	names := map[string]bool{}
	for _, n := range ansiblemod.Names() {
		names[n] = true
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, _, err := ansiblemod.Decode(strings.NewReader(text)); err != nil {
			return
		}
		var keys map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &keys); err != nil {
			t.Fatalf("accepted what is no JSON: %v", err)
		}
		for k := range keys {
			if !names[k] && !strings.HasPrefix(k, "_ansible_") {
				t.Errorf("accepted unknown key %q", k)
			}
		}
	})
}

// TestASecretOfABrokenConfigIsNotPrinted gives the module configs that are wrong in many ways, as a file and
// inline. Each names what is wrong, and not the value.
func TestASecretOfABrokenConfigIsNotPrinted(t *testing.T) {
	for text, says := range map[string]string{
		"web: {image: x, memory: hunter22, environment: [\"DB_PASSWORD:hunter22\"]}":                        "memory",
		"ex: {action: exec, command: a b, environment: [\"API_TOKEN:hunter22\"]}":                           "has no value",
		"ex: {action: exec, command: a b, environment: [hunter22]}":                                         "has no value",
		"ex: {action: exec, command: hunter22}":                                                             "nothing to run",
		"ex: {action: exec, command: \"a --password 'hunter22\"}":                                           "unbalanced quotes",
		"web: {image: x, environment: {\"DB_PASSWORD=hunter22\": x}}":                                       "equals sign",
		"web: {image: x, labels: {\"cookie=hunter22\": x}}":                                                 "nor hold",
		"web: {image: x, systemd_exec_flags: {\"Environment=DB_PASSWORD=hunter22\": x}}":                    "unit's option",
		"web: {image: x, environment: {DB_PASSWORD: [hunter22]}}":                                           "DB_PASSWORD",
		"web: {image: x, environment: {DB_PASSWORD: {a: hunter22}}}":                                        "DB_PASSWORD",
		"web: {image: x, environment: \"a\\0hunter22\"}":                                                    "control character",
		"web: {image: x, environment: {DB_PASSWORD: *hunter22}}":                                            "anchor",
		"web: {image: x, environment: {DB_PASSWORD: !hunter22 x}}":                                          "tag",
		"web: {image: x, environment: {DB_PASSWORD: &hunter22 *hunter22}}":                                  "YAML",
		"web: {image: x, environment: {DB_PASSWORD: hunter22, DB_PASSWORD: hunter22}}":                      "duplicate key",
		"web: {image: x, environment: {DB_PASSWORD: %hunter22}}":                                            "YAML",
		"web: {image: x, environment: {DB_PASSWORD: @hunter22}}":                                            "YAML",
		"web:\n  image: x\n  environment:\n    DB_PASSWORD: \"two words\n  hunter22\n":                      "YAML",
		"web:\n  image: x\n  environment:\n  TLS_KEY: |\n  -----BEGIN PRIVATE KEY-----\n  hunter22hunter22": "YAML",
		"hunter22":      "must hold a mapping",
		"web: hunter22": "must be a mapping",
		"web: {image: x, cap_add: {a: hunter22}}":                                                 "cap_add",
		"web: {image: x, healthcheck: {test: [CMD, {a: hunter22}]}}":                              "healthcheck",
		"web: {image: x, detach: hunter22, exit_codes: hunter22}":                                 "exit_codes",
		"web: {image: x, shm_size: \"the hunter22\", command: run --password \"'the hunter22'\"}": "shm_size",
		"{\"web\": {\"image\": \"x\", \"environment\": {\"DB_PASSWORD\": hunter22}}}":             "image",
		"{\"web\": {\"image\": \"x\", \"environment\": {\"DB_PASSWORD\": \"hunter22\" \"x\"}}}":   "JSON",
	} {
		file := filepath.Join(t.TempDir(), "c.yml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, says, map[string]any{"step": 1, "managed_by": "test-broken", "config_path": file})
		var inline map[string]any
		if says != "tag" && yaml.Unmarshal([]byte(text), &inline) == nil { // a tag is gone when it is decoded
			refused(t, says, map[string]any{"step": 1, "managed_by": "test-broken", "config": inline})
		}
	}
}

// refused runs the module and demands an error that says one thing and not the secret.
func refused(t *testing.T, says string, args map[string]any) {
	t.Helper()
	text, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := ansiblemod.Run(context.Background(), ansiblemod.StdinArgs, bytes.NewReader(text), &out); code != 1 {
		t.Errorf("exit status %d of %s", code, text)
	}
	if strings.Contains(out.String(), "hunter") || !strings.Contains(out.String(), says) {
		t.Errorf("%s:\n%s does not say %q, or too much", text, out.String(), says)
	}
}

// brokenReader is a fault that nobody foresaw.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { panic("unforeseen") }

func TestAPanicIsAResultToo(t *testing.T) {
	var out bytes.Buffer
	code := ansiblemod.Run(context.Background(), ansiblemod.StdinArgs, brokenReader{}, &out)
	var result paunch.Result
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	if code != 1 || !result.Failed || !strings.Contains(result.Msg, "internal error: unforeseen") {
		t.Errorf("exit status %d, result %+v", code, result)
	}
}

func TestWhatTheActionPluginSaysOfItsTaskGoesIntoTheRequest(t *testing.T) {
	for text, want := range map[string]paunch.AnsibleTask{
		`{"step": 1, "config": {}, "_ansible_paunch_caller": {"task": "Apply", "play": "Deploy", "controller_user": "ann", "controller": "c1", "other": 1}}`: {
			Task: "Apply", Play: "Deploy", ControllerUser: "ann", Controller: "c1",
		},
		`{"step": 1, "config": {}, "_ansible_paunch_caller": "nonsense"}`: {},
		`{"step": 1, "config": {}}`:                                       {},
	} {
		a, c, err := ansiblemod.Decode(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if r := a.Request(c); r.Task != want || r.Caller != "ansible" {
			t.Errorf("%s: %+v", text, r.Task)
		}
	}
}
