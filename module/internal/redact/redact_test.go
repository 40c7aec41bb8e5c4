package redact_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/redact"
)

func TestNamesOfSecretsAreKnown(t *testing.T) {
	r := redact.NewRules([]string{"pin-code"})
	for name, want := range map[string]bool{
		"DB_ROOT_PASSWORD": true, "RABBITMQ_CLUSTER_COOKIE": true, "--bootstrap-password": true, "apiKey": true,
		"AWS_SECRET_ACCESS_KEY": true, "authToken": true, "SSH_KEY": true, "credentials": true, "PASS": true, "db.passwd": true,
		"PIN_CODE": true, "myPinCode": true,
		"KEYSTONE_URL": false, "MONKEY": false, "keystone": false, "PATH": false, "OS_AUTH_URL": false, "compass": false,
		"TRIPLEO_CONFIG_HASH": false, "": false,
	} {
		if got := r.Sensitive(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestSecretsOfAnEntryAreFoundWhereverTheyStand(t *testing.T) {
	e, _, err := config.DecodeEntry("x", "", map[string]any{
		"image":       "web:1",
		"environment": map[string]any{"DB_PASSWORD": "in-env", "URL": "mysql+pymysql://keystone:in-url@host/db", "KOLLA": "true"},
		"command":     []any{"run", "--api-key", "after-flag", "--token=in-flag", "bash", "-c", "export ADMIN_PASSWORD='in shell'; x --secret in-script; echo token"},
		"labels":      map[string]any{"cookie": "in-label"},
		"healthcheck": map[string]any{"test": "check --password in-check"},
		"secrets":     []any{"name-of-a-podman-secret"},
		"env_file":    "/etc/secrets.env",
	}, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"in-env", "in-url", "after-flag", "in-flag", "in shell", "in-script", "in-label", "in-check"}
	got := redact.NewRules(nil).Secrets(e)
	if diff := cmp.Diff(want, got, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
}

func TestTextIsMasked(t *testing.T) {
	m := redact.NewMasker(redact.NewRules(nil), []string{"hunter22", "hunter22-longer", "ab", "true", "", "7"})
	for text, want := range map[string]string{
		"it was hunter22-longer":                       "it was ********",
		"Access denied for hunter22@host":              "Access denied for ********@host",
		"about ab, and tab":                            "about ********, and tab",
		"true stays true":                              "true stays true",
		"mysql://u:unknown@h/db failed":                "mysql://u:********@h/db failed",
		"export API_KEY=unknown1 x":                    "export API_KEY=******** x",
		"run --bootstrap-password unknown2 --user joe": "run --bootstrap-password ******** --user joe",
		"plain text":                                   "plain text",
	} {
		if got := m.Text(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	if got := (*redact.Masker)(nil).Text("x"); got != "x" {
		t.Errorf("without a masker: %q", got)
	}
}

func TestCommandLinesAreMaskedWordByWord(t *testing.T) {
	m := redact.NewMasker(redact.NewRules(nil), nil)
	got := m.Words([]string{"podman", "create", "--env=DB_PASSWORD=two words", "--env=A=1", "img", "boot", "--password", "x y", "-p", "z"})
	want := []string{"podman", "create", "--env=DB_PASSWORD=********", "--env=A=1", "img", "boot", "--password", "********", "-p", "z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}

func FuzzText(f *testing.F) {
	f.Add("a://b:c@d --password x KEY=y", "secret")
	f.Add("PASSWORD='un\nclosed", "a b")
	f.Fuzz(func(t *testing.T, text, secret string) {
		got := redact.NewMasker(redact.NewRules(nil), []string{secret}).Text(text)
		if len(secret) > 8 && !strings.Contains(redact.Mask, secret) && strings.Contains(got, secret) && !strings.Contains(secret, "*") {
			t.Errorf("%q is still in %q", secret, got)
		}
	})
}
