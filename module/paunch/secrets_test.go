package paunch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
)

func loaded(t *testing.T, entry map[string]any, change func(*Request)) *run {
	t.Helper()
	req := Defaults()
	req.Step, req.Config = 1, map[string]any{"web": entry}
	if change != nil {
		change(&req)
	}
	r := newRun(req)
	if err := r.load(); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSecretsAreKnownFromEverySource(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("WEB_PASSWORD", planted)
	for name, entry := range map[string]map[string]any{
		"environment":        {"environment": map[string]any{"DB_PW": planted}},
		"an inherited name":  {"environment": []any{"WEB_PASSWORD"}},
		"inherited names":    {"environment": []any{"WEB_*"}},
		"env_host":           {"env_host": true},
		"an env file":        {"env_file": write("env", "# a comment\nUSER=web\nexport DB_PW=x\nDB_PASS="+planted+"\n")},
		"a quoted env file":  {"env_file": write("quoted", "DB_PASS=\""+planted+"\"\n")},
		"JSON in a env file": {"env_file": write("json", "CONF={\"password\": \""+planted+"\"}\n")},
		"a label file":       {"label_file": write("labels", "db-password="+planted+"\n")},
		"the second file":    {"env_file": []any{write("first", "A=b\n"), write("second", "SALT="+planted+"\n")}},
	} {
		if !strings.Contains(name, "inherited") && name != "env_host" {
			t.Setenv("WEB_PASSWORD", "other")
		} else {
			t.Setenv("WEB_PASSWORD", planted)
		}
		entry["image"] = "web:1"
		r := loaded(t, entry, nil)
		if got := r.masker.Text("it says " + planted); got != "it says "+redact.Mask {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAnInheritedValueThatLooksRandomIsASecretWhateverItsName(t *testing.T) {
	t.Setenv("WEB_THING", planted)
	t.Setenv("WEB_USER", "joe")
	r := loaded(t, map[string]any{"image": "web:1", "environment": []any{"WEB_THING", "WEB_USER"}}, nil)
	if got := r.masker.Text("joe says " + planted); got != "joe says "+redact.Mask {
		t.Error(got)
	}
}

func TestSensitiveValuesAreMaskedAndDigestedWhateverTheyAre(t *testing.T) {
	entry := map[string]any{"image": "web:1", "environment": map[string]any{"A": "plain", "B": "wordy"}, "command": []any{"run", "wordy", "plain"}}
	r := loaded(t, entry, func(q *Request) { q.SensitiveValues = []string{"wordy"} })
	if got := r.masker.Text("wordy and plain"); got != redact.Mask+" and plain" {
		t.Error(got)
	}
	label := r.digests.Labels(r.step.Entries[0], "paunch", "x", "salt", r.masker.Find)[record.LabelConfig]
	if strings.Contains(label, "wordy") || !strings.Contains(label, "A=plain") {
		t.Error(label)
	}
	r = newRun(Request{SensitiveValues: []string{"wordy"}, Config: map[string]any{"web": "wordy"}})
	r.failed(r.perform(t.Context()))
	r.result.Msg += " wordy"
	r.finish()
	if strings.Contains(r.result.Msg, "wordy") {
		t.Error(r.result.Msg)
	}
}

func TestTheNamesOfContainersStayReadable(t *testing.T) {
	r := loaded(t, map[string]any{"image": "web:1", "environment": map[string]any{"DB_PASSWORD": "web"}}, nil)
	if got := r.masker.Text("container web is healthy"); got != "container web is healthy" {
		t.Error(got)
	}
	label := r.digests.Labels(r.step.Entries[0], "paunch", "x", "salt", r.masker.Find)[record.LabelConfig]
	if strings.Contains(label, "DB_PASSWORD=web") || !strings.Contains(label, `"web:1"`) {
		t.Error(label)
	}
}

func TestAListedCommandIsTheRecordedOne(t *testing.T) {
	r := loaded(t, map[string]any{
		"image": "web:1", "environment": map[string]any{"DB_PASSWORD": planted, "ADMIN_PASSWORD": "admin"}, "command": []any{"run", "-x", planted, "--user", "admin"},
	}, nil)
	own := r.digests.Labels(r.step.Entries[0], "paunch", "x", "salt", r.masker.Find)
	older := map[string]string{record.LabelConfig: `{"command":["run","-x","` + planted + `","--user","admin"],"env":["DB_PW=` + planted + `"],"image":["web:1"]}`}
	paunch := map[string]string{record.LabelLegacyConfig: `{"image": "web:1", "environment": {"DB_PW": "` + planted + `"}}`}
	tripleo := map[string]string{record.LabelLegacyConfig: `{'image': 'web:1', 'environment': ['DB_PW=` + planted + `']}`}
	for name, labels := range map[string]map[string]string{"our own": own, "an older version's": older, "paunch's": paunch, "tripleo's": tripleo} {
		recorded, m := recordedSecrets(redact.NewRules(nil), labels, nil)
		got := listedCommand([]string{"run", "-x", planted, "--user", "admin"}, recorded, m)
		if want := "run -x " + redact.Mask + " --user admin"; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	recorded, m := recordedSecrets(redact.NewRules(nil), map[string]string{record.LabelConfig: "{"}, []string{"run"})
	if got := listedCommand([]string{"run", "--password", "x"}, recorded, m); got != redact.Mask+" --password "+redact.Mask {
		t.Errorf("a broken record: %q", got)
	}
}
