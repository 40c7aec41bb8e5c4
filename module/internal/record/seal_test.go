package record_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
)

// shared is the digester of tests that do not count digests, which take long.
var shared = record.NewDigester()

// corpus is what a released version was given and what it recorded, by version.
func corpus(t *testing.T) map[string]struct {
	Entries []config.Entry
	Labels  map[string]map[string]string
} {
	t.Helper()
	all := map[string]struct {
		Entries []config.Entry
		Labels  map[string]map[string]string
	}{}
	versions, err := os.ReadDir("testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range versions {
		dir := filepath.Join("testdata/corpus", v.Name())
		step, err := config.Load(config.Options{Path: filepath.Join(dir, "config.yml")})
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "labels.json"))
		if err != nil {
			t.Fatal(err)
		}
		of := all[v.Name()]
		of.Entries = step.Entries
		if err := json.Unmarshal(text, &of.Labels); err != nil {
			t.Fatal(err)
		}
		all[v.Name()] = of
	}
	return all
}

func finder(entries ...config.Entry) record.Finder {
	rules := redact.NewRules(nil)
	var k redact.Known
	for _, e := range entries {
		k.Found = append(k.Found, rules.Secrets(e)...)
	}
	return redact.NewMasker(rules, k).Find
}

func TestWhatEarlierVersionsRecordedIsStillEqual(t *testing.T) {
	for version, c := range corpus(t) {
		d := shared
		for _, e := range c.Entries {
			labels := c.Labels[e.Name]
			if labels == nil {
				t.Fatalf("%s: %s was not recorded", version, e.Name)
			}
			got, err := d.Compare(e, labels, config.Options{})
			if err != nil || len(got.Changed) > 0 {
				t.Errorf("%s: %s: changed %v, error %v", version, e.Name, got.Changed, err)
			}
			other := e
			other.Command = append(slices.Clone(e.Command), "more")
			if got, err = d.Compare(other, labels, config.Options{}); err != nil || len(got.Changed) == 0 {
				t.Errorf("%s: %s: a change is not seen: %+v, error %v", version, e.Name, got, err)
			}
		}
	}
}

// In the corpus every secret has this in it, and nothing else has.
const mark = "Pa55"

func TestNothingOfTheCorpusIsRecordedInTheClear(t *testing.T) {
	for version, c := range corpus(t) {
		d := shared
		find := finder(c.Entries...)
		for _, e := range c.Entries {
			labels := d.Labels(e, "corpus", "corpus", c.Labels[e.Name][record.LabelSalt], find)
			if strings.Contains(labels[record.LabelConfig], mark) {
				t.Errorf("%s: %s: %s", version, e.Name, labels[record.LabelConfig])
			}
			if got, err := d.Compare(e, labels, config.Options{}); err != nil || len(got.Changed) > 0 {
				t.Errorf("%s: %s: changed %v, error %v", version, e.Name, got.Changed, err)
			}
		}
	}
}

func TestASecretHasTheTokenThatEarlierVersionsGaveIt(t *testing.T) {
	line := regexp.MustCompile(`DB_PASSWORD=<secret:[^>]*>`)
	for version, c := range corpus(t) {
		for _, e := range c.Entries {
			then := record.Record{}
			if err := json.Unmarshal([]byte(c.Labels[e.Name][record.LabelConfig]), &then); err != nil {
				t.Fatal(err)
			}
			now := record.Of(e, true).Sealed(shared, c.Labels[e.Name][record.LabelSalt], e.Name, finder(e))
			if a, b := line.FindString(strings.Join(then["env"], "\n")), line.FindString(strings.Join(now["env"], "\n")); a != b {
				t.Errorf("%s: %s: %s, then %s", version, e.Name, b, a)
			}
		}
	}
}

func TestKeysWithReadableSecretsAreNamed(t *testing.T) {
	want := map[string][]string{
		"telling_names": nil, "names_not_known_then": {"annotation", "env"}, "urls": {"env"}, "structured": {"env"}, "commands": {"command", "entrypoint", "health-cmd"},
		"script": nil, "several_lines": nil, "job": nil, "exec": {"env"},
	}
	c := corpus(t)["0.1.0"]
	find := finder(c.Entries...)
	for _, e := range c.Entries {
		recorded, err := record.Parse(c.Labels[e.Name][record.LabelConfig])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[e.Name], recorded.Open(find)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.Name, diff)
		}
		sealed := record.Of(e, true).Sealed(shared, salt, e.Name, find)
		if open := sealed.Open(find); open != nil {
			t.Errorf("%s is sealed and %v are readable: %s", e.Name, open, sealed)
		}
	}
}

// sealOne seals one value in which the given texts are secrets.
func sealOne(t *testing.T, value string, secrets ...string) (string, *record.Digester) {
	t.Helper()
	d := record.NewDigester()
	e := entry(t, map[string]any{"environment": []any{value}})
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{Told: secrets})
	labels := d.Labels(e, "paunch", "step1", salt, m.Find)
	if got, err := d.Compare(e, labels, config.Options{}); err != nil || len(got.Changed) > 0 {
		t.Errorf("%q with %q: changed %v, error %v", value, secrets, got.Changed, err)
	}
	recorded, err := record.Parse(labels[record.LabelConfig])
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`<secret:[^>]*>`).ReplaceAllString(recorded["env"][0], "#"), d
}

func TestEachSecretOfAValueIsSealedUnlessThatIsAmbiguous(t *testing.T) {
	for _, c := range []struct {
		value   string
		secrets []string
		want    string
	}{
		{"X=a secret1 b secret2 c", []string{"secret1", "secret2"}, "X=a # b # c"},
		{"X=secret1secret2", []string{"secret1", "secret2"}, "X=#"},                             // nothing is between them
		{"X=one secret one and another", []string{"one secret one", "another"}, "X=# and #"},    // " and " is in neither
		{"X=a b c d e f g h i j k lmnop", []string{"a b c d e f g h i j k", "lmnop"}, "X=#"},    // the blank between is in the first too
		{"X=aaa1 aaa2 aaa3 aaa4", []string{"aaa1", "aaa2", "aaa3", "aaa4"}, "X=# # # #"},        // as many as are sealed one by one
		{"X=aaa1 aaa2 aaa3 aaa4 aaa5", []string{"aaa1", "aaa2", "aaa3", "aaa4", "aaa5"}, "X=#"}, // one more
		{"X=secret1", []string{"secret1"}, "X=#"},
		{"X=", []string{"secret1"}, "X="},
		{"X=<secret:none>", []string{"secret1"}, "#"},
	} {
		if got, _ := sealOne(t, c.value, c.secrets...); got != c.want {
			t.Errorf("%q with %q is sealed as %q, want %q", c.value, c.secrets, got, c.want)
		}
	}
}

func TestAValueWithAHundredSecretsCostsOneSlowDigest(t *testing.T) {
	var passwords []string
	for i := range 100 {
		passwords = append(passwords, "secret-number-"+strings.Repeat("x", i%10)+string(rune('a'+i%26))+strings.Repeat("y", i/10))
	}
	got, d := sealOne(t, "CONF="+strings.Join(passwords, ";"), passwords...)
	if got != "CONF=#" || d.Derived() != 1 {
		t.Errorf("sealed as %q at the cost of %d digests", got, d.Derived())
	}
}

func TestTheCorpusCostsNoMoreDigestsThanItHasSecrets(t *testing.T) {
	for version, c := range corpus(t) {
		before, after := record.NewDigester(), record.NewDigester()
		find := finder(c.Entries...)
		for _, e := range c.Entries {
			for _, d := range []struct {
				digester *record.Digester
				labels   map[string]string
			}{
				{before, c.Labels[e.Name]}, {after, shared.Labels(e, "corpus", "corpus", c.Labels[e.Name][record.LabelSalt], find)},
			} {
				if _, err := d.digester.Compare(e, d.labels, config.Options{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		t.Logf("%s: %d digests with its own records, %d with ours", version, before.Derived(), after.Derived())
		if after.Derived() > before.Derived()+25 { // there are 25 secrets in it that it did not know
			t.Errorf("%s: %d digests with its own records, %d with ours", version, before.Derived(), after.Derived())
		}
	}
}
