package redact_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/redact"
	"github.com/overcloud/paunch/module/internal/spec"
)

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
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{"hunter22", "hunter22-longer", "ab", "true", "", "7"}})
	for text, want := range map[string]string{
		"it was hunter22-longer":                       "it was ********",
		"Access denied for hunter22@host":              "Access denied for ********@host",
		"about ab, and tab":                            "about ab, and tab",
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
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{})
	got := m.Words([]string{"podman", "create", "--env=DB_PASSWORD=two words", "--env=A=1", "img", "boot", "--password", "x y", "-p", "z"})
	want := []string{"podman", "create", "--env=DB_PASSWORD=********", "--env=A=1", "img", "boot", "--password", "********", "-p", "z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}

func FuzzText(f *testing.F) {
	f.Add("a://b:c@d --password x KEY=y", "secret")
	f.Add("PASSWORD='un\nclosed", "a b")
	f.Add("not UTF-8", "\x90")
	f.Fuzz(func(t *testing.T, text, secret string) {
		got := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{secret}}).Text(text)
		if len(secret) > 8 && !strings.Contains(redact.Mask, secret) && strings.Contains(got, secret) && !strings.Contains(secret, "*") {
			t.Errorf("%q is still in %q", secret, got)
		}
	})
}

// pem is a private key as a config holds it; its lines are nobody's.
const pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA1234567890abcdefghij\nQWERTYUIOPasdfghjklzxcvbnm0987654321\nab==\n-----END RSA PRIVATE KEY-----\n"

func TestASecretOfSeveralLinesIsMaskedLineByLine(t *testing.T) {
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{pem, "first line of it\n  \"second\" line\nend"}})
	for text, want := range map[string]string{
		"tail: QWERTYUIOPasdfghjklzxcvbnm0987654321 end": "tail: ******** end",
		"the first line of it":                           "the ********",
		`json "\"second\" line"`:                         `json "********"`,
		"the end":                                        "the end",
		"-----BEGIN CERTIFICATE-----":                    "-----BEGIN CERTIFICATE-----",
		"x -----BEGIN EC PRIVATE KEY-----\nunknown\n-----END EC PRIVATE KEY-----\ny": "x -----BEGIN EC PRIVATE KEY-----********-----END EC PRIVATE KEY-----\ny",
		`x -----BEGIN PRIVATE KEY-----\nunknown, and cut`:                            "x -----BEGIN PRIVATE KEY-----********",
	} {
		if got := m.Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, line := range strings.Split(m.Text("key: "+pem), "\n") {
		if strings.Contains(line, "MIIE") || strings.Contains(line, "QWERTY") {
			t.Errorf("left: %q", line)
		}
	}
}

// notations are the ways in which a text is written down where secrets could be seen.
func notations(t *testing.T, s string) map[string]string {
	t.Helper()
	j, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	y, err := yaml.Marshal(map[string]string{"x": s})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"as it is": s, "Go": fmt.Sprintf("%q", s), "Go's ASCII": fmt.Sprintf("%+q", s), "JSON": string(j), "YAML": string(y),
		"a shell": spec.Quote([]string{"x", s}), "a query": "https://h/?x=" + url.QueryEscape(s), "a URL": "db://h/" + url.PathEscape(s),
	}
}

func TestASecretIsMaskedInEveryNotation(t *testing.T) {
	for _, secret := range []string{
		pem, `quote"d and back\slash`, "it's a secret", "<html>&amp;", "käse-brötchen", "emoji 😀 secret", "tab\tand\x01control", "per%cent @/:", "line\nbreak here",
		"#hash: colon", "*starred", "!banged", "sep\u2028arated", "trailing newline\n",
	} {
		m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{secret}})
		for what, text := range notations(t, secret) {
			if got := m.Text(text); !strings.Contains(got, redact.Mask) || leaks(got, secret) {
				t.Errorf("%s of %q: %q", what, secret, got)
			}
		}
	}
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{"käse😀x"}})
	if got := m.Text(`{"a": "k\u00e4se\ud83d\ude00x"}`); got != `{"a": "********"}` {
		t.Errorf("Python's JSON: %q", got)
	}
}

// leaks reports whether a word of the secret is still there.
func leaks(text, secret string) bool {
	for _, word := range strings.FieldsFunc(secret, func(r rune) bool {
		return r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		if len(word) >= 6 && !strings.Contains("PRIVATE", word) && strings.Contains(text, word) {
			return true
		}
	}
	return false
}

func TestSecretsOfABrokenConfigAreFoundInItsText(t *testing.T) {
	for name, c := range map[string]struct{ text, secret string }{
		"a mapping":                    {"web: {environment: {DB_PASSWORD: hunter22, A: b}, memory: lots", "hunter22"},
		"a quoted value of two words":  {"  DB_PASSWORD: \"hunter22 and more\" # it\n bad indent: [", "hunter22 and more"},
		"an escaped value":             {"  DB_PASSWORD: \"two\\thunter22\"\n\t- [", "two\thunter22"},
		"single quotes":                {"  DB_PASSWORD: 'it''s hunter22'\n  : [", "it's hunter22"},
		"a list":                       {"  environment:\n    - DB_PASSWORD=hunter22\n   - [", "hunter22"},
		"a quoted pair":                {"  environment: [\"DB_PASSWORD=hunter22 more\", \n", "hunter22 more"},
		"a colon instead of an equals": {"  environment: [\"DB_PASSWORD:hunter22\"]", "hunter22"},
		"JSON that ends too early":     {"{\"web\": {\"environment\": {\"DB_PASSWORD\": \"hunter22", "hunter22"},
		"a flag and its value":         {"  command: [\"boot\", \"--password\", \"hunter22\"", "hunter22"},
		"a flag in a line":             {"  command: boot --password hunter22\n : [", "hunter22"},
		"a block":                      {"  TLS_KEY: |\n    line one hunter22\n    line two\n  image: [", "line one hunter22"},
		"a folded block":               {"  TLS_KEY: >-\n\n    hunter22\n  image: [", "hunter22"},
		"a value on the next line":     {"  DB_PASSWORD:\n    hunter22\n  image: [", "hunter22"},
		"a list below":                 {"  DB_PASSWORD:\n    - hunter22\n  image: [", "hunter22"},
		"a value without quotes":       {"  DB_PASSWORD: *hunter22\n", "*hunter22"},
		"a URL":                        {"  DB: mysql://nova:hunter22@db/nova\n  [", "hunter22"},
		"a private key":                {"  PEM: |\n    -----BEGIN PRIVATE KEY-----\n    hunter22hunter22\n    -----END PRIVATE KEY-----\n  [", "hunter22hunter22"},
		"YAML that is whole":           {"web: {environment: {DB_PASSWORD: \"a \\x68unter22\"}}", "a hunter22"},
		"several lines that are whole": {"web:\n  environment:\n    TLS_KEY: \"one hunter22\\ntwo\"\n", "one hunter22"},
		"a number":                     {"web: {environment: {DB_PASSWORD: 229922}}", "229922"},
		"two commands' words":          {"web: {command: [boot, --api-key, hunter22]}", "hunter22"},
	} {
		secrets := redact.NewRules(nil).Raw(c.text)
		m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: secrets})
		for _, text := range []string{"it says " + c.secret + "!", fmt.Sprintf("%q is none", c.secret), c.text} {
			if got := m.Text(text); strings.Contains(got, c.secret) || strings.Contains(got, "hunter22") {
				t.Errorf("%s: left in %q; secrets %q", name, got, secrets)
			}
		}
	}
}

func TestWhatIsNoSecretOfABrokenConfigIsNotMasked(t *testing.T) {
	text := "keystone_token_flush:\n  image: reg/keystone:1\n  restart: always\n  volumes: [/a:/b]\n  command: get key memory\n  memory: lots\n  environment: {KOLLA_CONFIG_STRATEGY: COPY_ALWAYS}\n"
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: redact.NewRules(nil).Raw(text)})
	message := `container "keystone_token_flush": key "memory": lots is no size; reg/keystone:1, always, /a:/b, COPY_ALWAYS`
	if got := m.Text(message); got != message {
		t.Errorf("%q", got)
	}
}

// FuzzRaw: no text is a panic or takes long, and a value under a sensitive name is found in every notation.
func FuzzRaw(f *testing.F) {
	f.Add("hunter22", "x: [")
	f.Add("two words", "\t-")
	f.Add("a\"b\\c'd", "}")
	f.Add(pem, "")
	f.Fuzz(func(t *testing.T, secret, rest string) {
		rules := redact.NewRules(nil)
		_ = rules.Raw(secret + rest)
		if len(secret) < 8 || strings.Contains(secret, "*") || strings.TrimSpace(secret) != secret || !utf8.ValidString(secret) {
			return
		}
		for what, write := range map[string]func(any) ([]byte, error){"JSON": json.Marshal, "YAML": yaml.Marshal} {
			text, err := write(map[string]any{"web": map[string]any{"environment": map[string]any{"DB_PASSWORD": secret}}})
			if err != nil {
				return
			}
			m := redact.NewMasker(rules, redact.Known{Found: rules.Raw(string(text))})
			if got := m.Text("it says " + secret + " there"); strings.Contains(got, secret) {
				t.Errorf("%s: %q is left in %q", what, secret, got)
			}
		}
	})
}

// FuzzForms: a secret is masked in whatever notation it is quoted.
func FuzzForms(f *testing.F) {
	for _, s := range []string{"it's \"x\" \\ y", "ünïcödé secret", "a\x00b c d e f g", "a\nb is longer\nc", "<&>'\"%2F secret"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, secret string) {
		if len(secret) < 8 || !utf8.ValidString(secret) || strings.Contains(secret, "*") {
			return
		}
		m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{secret}})
		j, _ := json.Marshal(secret)
		for _, text := range []string{secret, fmt.Sprintf("%q", secret), fmt.Sprintf("%+q", secret), string(j), spec.Quote([]string{secret})} {
			if got := m.Text("<" + text + ">"); !strings.Contains(got, redact.Mask) {
				t.Errorf("%q is left as %q", secret, got)
			}
		}
	})
}
