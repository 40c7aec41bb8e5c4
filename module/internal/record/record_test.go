package record_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
)

const salt = "00112233445566778899aabbccddeeff"

func entry(t *testing.T, raw map[string]any) config.Entry {
	t.Helper()
	if raw["action"] == nil && raw["image"] == nil {
		raw["image"] = "web:1"
	}
	e, _, err := config.DecodeEntry("web", "", raw, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func labels(d *record.Digester, e config.Entry, extra ...string) map[string]string {
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: redact.NewRules(nil).Secrets(e), Told: extra})
	return d.Labels(e, "paunch", "step1", salt, m.Find)
}

func TestAChangeOfASecretIsSeenAndTheSecretIsNot(t *testing.T) {
	d := record.NewDigester()
	command := []any{"keystone-manage", "bootstrap", "--bootstrap-password", "Sup3r.secret", "--url", "http://admin:hidden99@host/"}
	e := entry(t, map[string]any{"environment": map[string]any{"DB_PASSWORD": "hunter22", "URL": "mysql://u:hunter22@h/db"}, "command": command})
	l := labels(d, e)
	for _, secret := range []string{"hunter22", "Sup3r.secret", "hidden99"} {
		if strings.Contains(l[record.LabelConfig], secret) {
			t.Errorf("the label holds %q: %s", secret, l[record.LabelConfig])
		}
	}
	same, err := d.Compare(e, l, config.Options{})
	if err != nil || len(same.Changed) > 0 {
		t.Errorf("the same entry: changed %v, error %v", same.Changed, err)
	}
	other := entry(t, map[string]any{"environment": map[string]any{"DB_PASSWORD": "hunter23", "URL": "mysql://u:hunter23@h/db"}, "command": command})
	changed, err := d.Compare(other, l, config.Options{})
	if diff := cmp.Diff([]string{"env"}, changed.Changed); diff != "" || err != nil {
		t.Errorf("another password: %v %s", err, diff)
	}
}

func TestWhatCountsAsASecretMayChangeWithoutAChange(t *testing.T) {
	d := record.NewDigester()
	e := entry(t, map[string]any{"command": []any{"mysql", "-phunter22", "-e", "a hunter22 b hunter22 c"}})
	sealed := labels(d, e, "hunter22")
	if strings.Contains(sealed[record.LabelConfig], "hunter22") {
		t.Fatalf("not sealed: %s", sealed[record.LabelConfig])
	}
	for name, l := range map[string]map[string]string{"sealed": sealed, "clear": labels(d, e)} {
		if c, err := d.Compare(e, l, config.Options{}); err != nil || len(c.Changed) > 0 {
			t.Errorf("%s: changed %v, error %v", name, c.Changed, err)
		}
	}
}

func TestTheSameSecretLooksDifferentInEachContainer(t *testing.T) {
	d := record.NewDigester()
	if d.Token(salt, "a", "hunter22") == d.Token(salt, "b", "hunter22") {
		t.Error("equal tokens show equal passwords")
	}
}

func TestAValueThatLooksLikeATokenIsComparedAsAValue(t *testing.T) {
	d := record.NewDigester()
	e := entry(t, map[string]any{"environment": map[string]any{"X": d.Token(salt, "web", "y") + "<secret:"}})
	l := labels(d, e)
	if c, err := d.Compare(e, l, config.Options{}); err != nil || len(c.Changed) > 0 {
		t.Errorf("changed %v, error %v", c.Changed, err)
	}
	forged := entry(t, map[string]any{"environment": map[string]any{"X": "y<secret:"}})
	if c, _ := d.Compare(forged, l, config.Options{}); len(c.Changed) == 0 {
		t.Error("a forged value is taken for the recorded one")
	}
}

func TestShortSecretsAreSealedWithoutSpoilingOtherText(t *testing.T) {
	d := record.NewDigester()
	e := entry(t, map[string]any{"environment": map[string]any{"DB_PASSWORD": "ab", "OTHER": "about"}})
	l := labels(d, e)
	if !strings.Contains(l[record.LabelConfig], "OTHER=about") || strings.Contains(l[record.LabelConfig], "PASSWORD=ab") {
		t.Errorf("label: %s", l[record.LabelConfig])
	}
}

func TestLegacyRecordsOfEachToolAreRead(t *testing.T) {
	d := record.NewDigester()
	e := entry(t, map[string]any{"restart": "always", "environment": map[string]any{"A": "it's", "N": 1, "T": true}, "user": "root"})
	for name, label := range map[string]string{
		"paunch":          `{"image": "web:1", "restart": "always", "user": "root", "environment": {"A": "it's", "N": 1, "T": true}}`,
		"tripleo_ansible": `{'image': 'web:1', 'restart': 'always', 'user': 'root', 'environment': {'A': "it's", 'N': 1, 'T': True}}`,
		"in unicode":      `{u'image': u'web:1', u'restart': u'always', u'user': 'ro' 'ot', u'environment': {'A': 'it\'s', 'N': 1, 'T': True,},}`,
	} {
		c, err := d.Compare(e, map[string]string{record.LabelLegacyConfig: label}, config.Options{})
		if err != nil || len(c.Changed) > 0 || c.Legacy == "" {
			t.Errorf("%s: %+v, error %v", name, c, err)
		}
	}
	for name, label := range map[string]string{"no mapping": "[1]", "broken": "{'a': ", "not valid": "{'image': ['x', {}]}"} {
		if _, err := d.Compare(e, map[string]string{record.LabelLegacyConfig: label}, config.Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := d.Compare(e, nil, config.Options{}); !errors.Is(err, record.ErrNoRecord) {
		t.Errorf("no label: %v", err)
	}
	if _, err := d.Compare(e, map[string]string{record.LabelConfig: "{"}, config.Options{}); err == nil {
		t.Error("a broken record: no error")
	}
}

func TestLiterals(t *testing.T) {
	for text, want := range map[string]any{
		`'a\n\x41\u00e9\101\q'`: "a\nAéA\\q",
		`"it's"`:                "it's",
		`[1, -2, 0x10, 1.5e3,]`: []any{int64(1), int64(-2), int64(16), 1500.0},
		`(True, False, None)`:   []any{true, false, nil},
		`{}`:                    map[string]any{},
		` { 'a' : [ ] } `:       map[string]any{"a": []any{}},
	} {
		got, err := record.ParseLiteral(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
	for _, text := range []string{
		"", "'", "'a", "{'a'}", "{'a': 1", "[1 2]", "{1: 2}", "Truex", "__import__('os')", "1 2", `'\x4'`, `'\ud800'`, "'a\nb'",
		strings.Repeat("[", 100),
	} {
		if v, err := record.ParseLiteral(text); err == nil {
			t.Errorf("%q is read as %v", text, v)
		}
	}
}

// FuzzLiteral holds the parser of labels that are not ours: it ends, without a panic, and what it
// reads can be printed and read again by nobody but it, so only its errors are of interest.
func FuzzLiteral(f *testing.F) {
	for _, seed := range []string{
		`{'image': 'web:1', 'command': ['a', "b'c"], 'environment': {'A': True, 'B': None, 'C': -1.5}, 'x': ()}`,
		`{u'a': u'\u00e9' 'b'}`, `[[[[`, `'\`, `{'a': 0x`, `(1,)`, `"\U0001F600"`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := record.ParseLiteral(text)
		if (err == nil) == (v == nil) && !strings.Contains(text, "None") {
			t.Errorf("value %v and error %v", v, err)
		}
	})
}

func TestAChangeOfOrderIsAChangeWhereALaterValueWins(t *testing.T) {
	d := record.NewDigester()
	for key, values := range map[string][]any{
		"env_file": {"/a", "/b"}, "label_file": {"/a", "/b"}, "env_merge": {"A=1", "B=${A}"}, "volumes_from": {"b", "a"}, "networks": {"a", "b"},
		"dns": {"10.0.0.1", "10.0.0.2"}, "dns_search": {"b.example", "a.example"}, "dns_options": {"ndots:1", "ndots:2"}, "security_opt": {"seccomp=/a", "seccomp=/b"},
		"extra_hosts": {"a:10.0.0.1", "a:10.0.0.2"}, "ulimit": {"nofile=1", "nofile=2"}, "devices": {"/dev/null:/dev/x", "/dev/zero:/dev/x"},
		"device_read_bps": {"/dev/sda:1mb", "/dev/sda:2mb"},
	} {
		l := labels(d, entry(t, map[string]any{key: values}))
		for _, order := range [][]any{values, {values[1], values[0]}} {
			c, err := d.Compare(entry(t, map[string]any{key: order}), l, config.Options{})
			if err != nil || (len(c.Changed) == 1) != (order[0] != values[0]) {
				t.Errorf("%s recorded as %v, now %v: changed %v, error %v", key, values, order, c.Changed, err)
			}
		}
	}
}

func TestAChangeOfOrderThatMeansNothingIsNone(t *testing.T) {
	d := record.NewDigester()
	for key, values := range map[string][]any{
		"volumes": {"/b:/b", "/a:/a"}, "extra_hosts": {"b:10.0.0.1", "a:10.0.0.2"}, "ulimit": {"nproc=1", "nofile=2"}, "cap_add": {"NET_RAW", "CHOWN"},
		"devices": {"/dev/zero", "/dev/null:/dev/x"}, "ports": {"81:81", "80:80"}, "environment": {"B_PASSWORD=hunter22", "A=2"}, "security_opt": {"seccomp=/a", "label=disable"},
	} {
		l := labels(d, entry(t, map[string]any{key: values}))
		c, err := d.Compare(entry(t, map[string]any{key: []any{values[1], values[0]}}), l, config.Options{})
		if err != nil || len(c.Changed) > 0 {
			t.Errorf("%s: changed %v, error %v", key, c.Changed, err)
		}
	}
}

// A record of the first format has most values sorted, and of a bare name of a variable nothing but the name.
func TestARecordOfTheFirstFormatIsUnchangedWhateverTheOrder(t *testing.T) {
	d := record.NewDigester()
	e, _, err := config.DecodeEntry("web", "/etc/step/web.yml", map[string]any{
		"image": "web:1", "env_file": []any{"/b", "/a"}, "volumes_from": []any{"b", "a"}, "extra_hosts": []any{"a:10.0.0.2", "a:10.0.0.1"},
		"ulimit": []any{"nofile=2", "nofile=1"}, "volumes": []any{"./data:/data"}, "log_opt": map[string]any{"max_size": "1m"},
		"environment": []any{"Z_PASSWORD=hunter22", "A=1", "A", "HOME"},
	}, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	config.Inherit([]config.Entry{e}, []string{"HOME=/root"})
	l := map[string]string{
		record.LabelSalt: salt,
		record.LabelConfig: `{"image":["web:1"],"env-file":["/a","/b"],"volumes-from":["a","b"],"add-host":["a:10.0.0.1","a:10.0.0.2"],"ulimit":["nofile=1","nofile=2"],` +
			`"volume":["./data:/data"],"log-opt":["max_size=1m"],"env":["A","HOME","Z_PASSWORD=` + d.Token(salt, "web", "hunter22") + `"]}`,
	}
	if c, err := d.Compare(e, l, config.Options{}); err != nil || len(c.Changed) > 0 {
		t.Errorf("changed %v, error %v", c.Changed, err)
	}
	e.Options[0].Values = []string{"a:10.0.0.3"}
	if c, err := d.Compare(e, l, config.Options{}); err != nil || len(c.Changed) != 1 {
		t.Errorf("another value: changed %v, error %v", c.Changed, err)
	}
}

func TestAnotherValueOfAnInheritedVariableIsAChange(t *testing.T) {
	d := record.NewDigester()
	under := func(environ ...string) config.Entry {
		all := []config.Entry{entry(t, map[string]any{"environment": []any{"OS_REGION", "APP_*", "APP_B=own"}})}
		config.Inherit(all, environ)
		return all[0]
	}
	before := []string{"OS_REGION=north4711", "APP_A=1", "APP_B=2", "OTHER=3"}
	l := labels(d, under(before...))
	if text := l[record.LabelConfig]; strings.Contains(text, "north4711") {
		t.Errorf("the label tells an inherited value: %s", text)
	}
	for name, tc := range map[string]struct {
		environ []string
		changed bool
	}{
		"the same":                            {before, false},
		"another variable changed":            {[]string{"OS_REGION=north4711", "APP_A=1", "OTHER=4"}, false},
		"a pattern's variable with own value": {[]string{"OS_REGION=north4711", "APP_A=1", "APP_B=3"}, false},
		"another value":                       {[]string{"OS_REGION=south", "APP_A=1"}, true},
		"no value any more":                   {[]string{"APP_A=1"}, true},
		"another value behind a pattern":      {[]string{"OS_REGION=north4711", "APP_A=2"}, true},
		"one more behind a pattern":           {[]string{"OS_REGION=north4711", "APP_A=1", "APP_C=1"}, true},
	} {
		c, err := d.Compare(under(tc.environ...), l, config.Options{})
		want := []string(nil)
		if tc.changed {
			want = []string{record.KeyInherited}
		}
		if diff := cmp.Diff(want, c.Changed); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}
