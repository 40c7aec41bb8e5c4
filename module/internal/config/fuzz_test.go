package config

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kballard/go-shellquote"
)

// jsonSeeds and yamlSeeds are configs in every form, good and bad.
func jsonSeeds() []string {
	return []string{
		`{}`, `null`, `[]`, `{"a":`, `{"a": {"image": "x"}}`, `{"a": {"image": "x"}, "a": {}}`,
		`{"step_1": {"a": {"image": "x", "restart": "always", "healthcheck": {"test": ["CMD", "x"], "interval": "1m30s"}}}}`,
		`{"a": {"image": "x", "environment": {"A": 0, "B": false, "C": null, "D": 1e400}, "volumes": ["", "/a:/b:ro,z", "/a:/b:ro,z"]}}`,
		`{"a": {"action": "exec", "command": "b sh -c 'x'", "environment": ["A=1", "B=2"]}}`,
		"\ufeff{\"a\": {\"image\": \"\\ud83d\\ude00\\u0000\"}}", `{"a": {"image": "x", "ulimits": {"nofile": {"soft": 1, "hard": 2}}, "networks": {"n": {"ip": ["1"]}}}}`,
	}
}

func yamlSeeds() []string {
	return []string{
		"", "---\n", "a: {image: x}\n", "a:\n  image: x\n  umask: 0022\n  environment: {A: no, B: 2026-01-02, C: .inf, D: ~}\n",
		"a: &a {image: x}\nb: {<<: *a, user: 0}\n", "a: &a [*a]\n", "a: &a {<<: *a}\n", "a: *b\n", "? [a]\n: b\n", "a: !vault x\n", "a: !!binary aGk=\n", "<<: {a: {image: x}}\n",
		"a: {image: x}\n--- \nb: {image: y}\n", "a: |\n  text\n", "a: !!int x\n", "a: !!bool x\n", "!!merge a: b\n", "a: {image: x, restart: no, detach: off}\n", "%YAML 1.1\n---\na: b\n",
	}
}

func fuzzDecode(f *testing.F, file string) {
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := parse(data, file)
		if err != nil {
			return
		}
		o, ok := v.(*object)
		if !ok {
			return
		}
		r := &reading{step: 1, table: keyTable()}
		r.mapping(file, o)
		for _, w := range r.entries {
			if w.keys == nil {
				continue
			}
			e, _, problems := decodeEntry(w.name, file, w.keys, Options{}, r.table)
			if len(problems) == 0 {
				stable(t, e)
			}
		}
	})
}

// stable holds an entry to what decoding its own result gives.
func stable(t *testing.T, e Entry) {
	t.Helper()
	if e.Kind == Exec {
		return // its options have become fields
	}
	keys := raw{"image": e.Image}
	for _, o := range e.Options {
		keys[snake(o.Flag)] = o.Values
	}
	if slices.ContainsFunc(e.Options, func(o Option) bool { return o.Flag == "health-timeout" }) {
		keys["healthcheck_timeout"] = e.Option("health-timeout")
		delete(keys, "health_timeout")
	}
	for key, values := range keys {
		if l, ok := values.([]string); ok && len(l) == 1 {
			keys[key] = l[0]
		}
	}
	if len(e.Command) > 0 {
		keys["command"] = shellquote.Join(e.Command...)
	}
	again, _, err := DecodeEntry(e.Name, "", keys, Options{})
	if err != nil {
		t.Fatalf("decoding %+v again: %v", e, err)
	}
	flags := func(e Entry) map[string][]string {
		m := map[string][]string{}
		for _, o := range e.Options {
			m[o.Flag] = o.Values
		}
		return m
	}
	if diff := cmp.Diff(flags(e), flags(again)); diff != "" {
		t.Errorf("options are not stable: %s", diff)
	}
	if !slices.Equal(e.Command, again.Command) {
		t.Errorf("the command %q became %q", e.Command, again.Command)
	}
}

func FuzzDecodeJSON(f *testing.F) {
	for _, s := range jsonSeeds() {
		f.Add([]byte(s))
	}
	fuzzDecode(f, "c.json")
}

func FuzzDecodeYAML(f *testing.F) {
	for _, s := range append(yamlSeeds(), jsonSeeds()...) {
		f.Add([]byte(s))
	}
	fuzzDecode(f, "c.yml")
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"", "0", "60", "1.5", "1m30s", "2h", "-1", "NaN", "Inf", "1e300", "9223372036854775807", "100us", "1d", " 5 ", "0x10", "1_0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := duration(s)
		if err != nil {
			return
		}
		if d < 0 || d > maxDuration {
			t.Errorf("%q is %s", s, d)
		}
		if again, err := duration(d.String()); err != nil || again != d {
			t.Errorf("%q is %s, and that is %s (%v)", s, d, again, err)
		}
		if n := wholeSeconds(d); float64(n) < d.Seconds() {
			t.Errorf("%s was cut to %d seconds", d, n)
		}
	})
}

func FuzzCommand(f *testing.F) {
	for _, s := range []string{"", "a b", `sh -c 'a "b"'`, `a\ b`, `"`, `'`, `\`, "a\nb", "$(id) `id` $HOME", "''", "a;b&&c|d>e #f", "\x00", "ü"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all, err := words(s)
		if err != nil {
			return
		}
		again, err := words(shellquote.Join(all...))
		if err != nil || !slices.Equal(all, again) {
			t.Errorf("%q is %q, and that is %q (%v)", s, all, again, err)
		}
	})
}
