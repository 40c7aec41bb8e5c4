package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/redact"
	"github.com/overcloud/paunch/module/internal/spec"
)

// planted is a secret with a character of every kind; fragment is a part of it that must not be seen either.
const (
	planted  = `Zx9-Qw7 Er5"Ty3'_<S&cr>%t/0@\ü`
	simple   = "Zx9-Qw7Er5Ty3_Secret0"
	fragment = "Qw7"
)

func asJSON(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// wrapped folds a text as base64 and xxd do.
func wrapped(s, end string, width int) string {
	var b strings.Builder
	for len(s) > width {
		b.WriteString(s[:width] + end)
		s = s[width:]
	}
	return b.String() + s
}

func lowerHex(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}

// writtenForms are the ways in which a program may write a secret that it got.
func writtenForms(s string) map[string]string {
	std, long := base64.StdEncoding.EncodeToString, strings.Repeat("p", 40)
	all := map[string]string{
		"as it is": s, "JSON": asJSON(s), "JSON in JSON": asJSON(asJSON(s)), "JSON in JSON in JSON": asJSON(asJSON(asJSON(s))),
		"a query": url.QueryEscape(s), "a path": url.PathEscape(s), "every byte in percents": lowerHex(s), "twice in a URL": url.QueryEscape(url.QueryEscape(s)),
		"JSON in a URL": url.QueryEscape(asJSON(s)), "a URL in JSON": asJSON(url.QueryEscape(s)), "HTML": html.EscapeString(s),
		"Go": fmt.Sprintf("%q", s), "ASCII": fmt.Sprintf("%+q", s), "a shell": spec.Quote([]string{s}), "single quotes": "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'",
		"base64": std([]byte(s)), "base64url": base64.URLEncoding.EncodeToString([]byte(s)), "base64 without padding": base64.RawURLEncoding.EncodeToString([]byte(s)),
		"basic auth": "Authorization: Basic " + std([]byte("admin:"+s)), "base64 of JSON": std([]byte(asJSON(map1(s)))), "base64 in JSON": asJSON(std([]byte("x:" + s))),
		"folded base64": wrapped(std([]byte(long+s+long+long)), "\n", 76), "folded base64 in JSON": asJSON(wrapped(std([]byte(long+s+long)), "\n", 76)),
		"folded base64 in a shell's words": wrapped(std([]byte(long+s+long)), " ", 76),
		"hex":                              hex.EncodeToString([]byte(s)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(s))), "hex with blanks": fmt.Sprintf("% x", s),
		"hex with colons": strings.ReplaceAll(fmt.Sprintf("% x", s), " ", ":"), "folded hex": wrapped(hex.EncodeToString([]byte(long+s)), "\n", 60),
		"hex after a digit": "0" + hex.EncodeToString([]byte(s)), "escaped bytes": strings.ReplaceAll(" "+fmt.Sprintf("% x", s), " ", `\x`),
	}
	for i := range 4 {
		all[fmt.Sprintf("base64 after %d bytes", i)] = std([]byte(strings.Repeat("u", i) + s + "tail"))
		all[fmt.Sprintf("base64 after %d characters", i)] = strings.Repeat("k", i) + std([]byte(s))
	}
	return all
}

func map1(s string) string { return `{"auth": ` + asJSON(s) + `}` }

func TestKnownSecretsAreMaskedInEveryForm(t *testing.T) {
	for _, secret := range []string{simple, planted, "hunter22", "pa55wd", "ünïcödé-97", "{\"k\": 1}", "C:\\new\\table1", strings.Repeat("long97", 30)} {
		m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{secret}})
		for name, text := range writtenForms(secret) {
			got := m.Text("before " + text + " after")
			if !strings.HasPrefix(got, "before ") || !strings.Contains(got, redact.Mask) || stillThere(got, text) {
				t.Errorf("%s of %q: %q became %q", name, secret, text, got)
			}
		}
	}
}

// stillThere reports whether eight characters of what was planted are left.
func stillThere(got, text string) bool {
	for i := 0; i+8 <= len(text); i++ {
		if part := text[i : i+8]; strings.Contains(got, part) && !strings.Contains("Authorization: Basic ", part) {
			return true
		}
	}
	return false
}

func TestMaskingTwiceIsMaskingOnce(t *testing.T) {
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{simple}})
	for _, text := range writtenForms(simple) {
		for _, line := range []string{text, "PASSWORD=" + text, "mysql://u:" + text + "@h/db", `{"password": "` + text + `"}`, "--token " + text} {
			once := m.Text(line)
			if twice := m.Text(once); twice != once {
				t.Errorf("%q became %q, then %q", line, once, twice)
			}
		}
	}
}

func TestOverlappingSecretsLeaveNothing(t *testing.T) {
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{"abcd1234", "1234wxyz", "abcd1234wx"}})
	for text, want := range map[string]string{
		"-abcd1234wxyz-": "-********-", "abcd1234": redact.Mask, "abcd1234abcd1234": redact.Mask + redact.Mask, "xabcd1234wx": "x" + redact.Mask,
	} {
		if got := m.Text(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestShortSecretsAreMaskedAsWords(t *testing.T) {
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{"q7zy", "471147"}, Told: []string{"x7", "admin", "s"}})
	for text, want := range map[string]string{
		"got q7zy!": "got ********!", "aq7zyb": "aq7zyb", "code 471147.": "code ********.", "pid 14711470": "pid 14711470",
		"user admin": "user ********", "x7 max77": "******** max77", "it's": "it'********",
	} {
		if got := m.Text(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestAPartOfASecretAtACutIsMasked(t *testing.T) {
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{simple, planted}})
	for i := 1; i < len(simple); i++ {
		if got := m.Text("x " + redact.Elided + simple[i:] + " and more"); got != "x "+redact.Elided+redact.Mask+" and more" {
			t.Errorf("its beginning is cut at %d: %q", i, got)
		}
		if got := m.Text("before " + simple[:i] + redact.Elided); got != "before "+redact.Mask+redact.Elided {
			t.Errorf("its end is cut at %d: %q", i, got)
		}
	}
	for text, want := range map[string]string{
		"no [...] secret": "no [...] secret", "[...]": "[...]", "": "", "[...]0": "[...]" + redact.Mask,
		simple[:9] + "[...]" + simple[3:] + simple: redact.Mask + "[...]" + redact.Mask + redact.Mask,
	} {
		if got := m.Text(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// TestAThousandSecretsAreMaskedInAMegabyte ends after a moment; a masker that looked for each secret by itself, or
// at each place for all of them, would not before the tests' timeout. BenchmarkMasking measures.
func TestAThousandSecretsAreMaskedInAMegabyte(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	letters := []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
	word := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = letters[random.IntN(len(letters))]
		}
		return string(b)
	}
	var secrets []string
	for range 1000 {
		secrets = append(secrets, "common-beginning-"+word(20))
	}
	var text strings.Builder
	lines := 0
	for ; text.Len() < 1<<20; lines++ {
		text.WriteString("2026-01-01 INFO common-beginning-" + word(8) + " " + secrets[lines%1000] + ` {"key": "value"} %20 \n` + "\n")
	}
	got := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: secrets}).Text(text.String())
	if n := strings.Count(got, redact.Mask); n != lines {
		t.Errorf("%d of %d lines are masked", n, lines)
	}
}

func BenchmarkMasking(b *testing.B) {
	for _, n := range []int{1, 50, 1000} {
		var secrets []string
		for i := range n {
			secrets = append(secrets, fmt.Sprintf("common-beginning-%08x", i*7919))
		}
		line := "2026-01-01 12:00:00.000 7 INFO keystone.server [req-common-beginning-0001] GET /v3/auth?name=x {\"key\": \"value\"} 200\n"
		text := strings.Repeat(line, 1<<20/len(line))
		b.Run(fmt.Sprintf("%d secrets", n), func(b *testing.B) {
			m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: secrets})
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				m.Text(text)
			}
		})
		b.Run(fmt.Sprintf("making of %d", n), func(b *testing.B) {
			for b.Loop() {
				redact.NewMasker(redact.NewRules(nil), redact.Known{Found: secrets})
			}
		})
	}
}

// TestNoTextTakesLong ends after moments; what grows with the square of a text would not before the tests' timeout.
func TestNoTextTakesLong(t *testing.T) {
	const size = 512 << 10
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{strings.Repeat("a", 4000) + "b", strings.Repeat("ab", 500) + "c"}})
	for _, unit := range []string{
		"a", "ab", "PASSWORD=", `password="`, `password=\"`, "token:", "--password ", "a://b:c", "a://b:c@", "a://", "-----BEGIN PRIVATE KEY-----",
		"aaaaaaaaaaaaaaaa\n-----END PRIVATE KEY-----", `\`, "%25", "<password>", "=", "$6$", "bearer ", "identified by '", "a:b|", "00 ", "0", "-", "${",
	} {
		text := strings.Repeat(unit, size/len(unit))
		if got := m.Text(text); got == "" {
			t.Errorf("nothing is left of %q", unit)
		}
	}
}

func FuzzKnown(f *testing.F) {
	f.Add("Zx9-Qw7Er5", "%5a \\x5a Wng5", uint8(3))
	f.Add("abcabcabd", "abcabcabcabd", uint8(0))
	f.Fuzz(func(t *testing.T, secret, text string, cut uint8) {
		m := redact.NewMasker(redact.NewRules(nil), redact.Known{Told: []string{secret}})
		got := m.Text(text + secret)
		if len(secret) >= 4 && strings.Trim(secret, "*") != "" && !strings.Contains(redact.Mask, secret) && strings.Contains(got, secret) && !strings.Contains(secret, "*") {
			t.Errorf("%q is left in %q", secret, got)
		}
		m.Text(redact.Elided + text[min(int(cut), len(text)):] + redact.Elided)
	})
}
