package redact

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// format is a kind of secret that can be told by what it looks like: its first group. Texts without one of the
// hints, in lower case, need not be searched.
type format struct {
	hints []string
	shape *regexp.Regexp
}

func shaped(shape string, hints ...string) format { return format{hints, regexp.MustCompile(shape)} }

var formats = []format{
	shaped(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(.+?)(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)`, "private key"),
	shaped(`((?:[A-Za-z0-9+/=]{16,}(?:\s|\\n)+)+[A-Za-z0-9+/=]*)(?:\s|\\n)*-----END [A-Z0-9 ]*PRIVATE KEY-----`, "private key"),
	shaped(`\b(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)`, "eyj"), // JSON Web Token
	shaped(`\b(gAAAA[A-Za-z0-9_-]{40,}={0,2})`, "gaaaa"),                                 // Fernet, Keystone's tokens
	shaped(`\b((?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|hv[sbr]\.|sk-|npm_|pypi-)[A-Za-z0-9_.-]{16,})`,
		"gh", "glpat-", "xox", "hv", "sk-", "npm_", "pypi-"),
	shaped(`\b((?:AKIA|ASIA)[A-Z0-9]{16})\b`, "akia", "asia"),
	shaped(`(\$(?:1|2[abxy]|5|6|y|gy|7|apr1|argon2(?:id|i|d)|scrypt)\$[A-Za-z0-9./$+=,]{16,})`, "$"), // crypt
	shaped(`(\{(?:SSHA|SHA|SMD5|MD5|CRYPT|PBKDF2)[A-Z0-9-]*\}[A-Za-z0-9./$+=]{8,})`, "{s", "{m", "{c", "{p"),
	shaped(`(?i)\blogin\s+\S+\s+password\s+([^\s"']+)`, "login"), // netrc
	shaped(`(?i)\bidentified\s+(?:with\s+\S+\s+)?(?:by|as)\s+(?:password\s+)?\\?['"]([^'"]+?)\\?['"]`, "identified"),
	shaped(`(?i)\bpassword(?:\s*\(\s*|\s+)\\?'([^']+?)\\?'`, "password"), // SQL: PASSWORD('x'), WITH PASSWORD 'x'
	shaped(`(?:^|[\s"'])pass:([^\s"']+)`, "pass:"),                       // openssl
	shaped(`[A-Za-z0-9._-]+:([^\s"':|\\]+)(?:\\n)?["']?\s*\|\s*(?:\S*/)?chpasswd\b`, "chpasswd"),
	shaped(`[A-Za-z0-9._-]+:([^\s"'@]+)@(?:tcp|unix)\(`, "@tcp(", "@unix("), // Go's MySQL driver
	shaped(`\bhooks\.slack\.com/(?:services|workflows)/([A-Za-z0-9/_-]{16,})`, "hooks.slack.com"),
}

func (f format) in(lower string) bool {
	return slices.ContainsFunc(f.hints, func(hint string) bool { return strings.Contains(lower, hint) })
}

// authorization is a scheme of HTTP's with credentials, wherever it appears.
var authorization = regexp.MustCompile(`(?i)\b(bearer|basic|token|apikey)\s+([A-Za-z0-9._~+/-]{6,}=*)`)

// shapes returns the secrets of a text that need no name, each with where it is.
func shapes(text string) []span {
	var found []span
	lower := strings.ToLower(text)
	for _, f := range formats {
		if !f.in(lower) {
			continue
		}
		for _, m := range f.shape.FindAllStringSubmatchIndex(text, -1) {
			found = append(found, span{m[2], m[3]})
		}
	}
	for _, m := range authorization.FindAllStringSubmatchIndex(text, -1) {
		credentials := text[m[4]:m[5]]
		if looksRandom(credentials) || basicAuth(credentials) != "" {
			found = append(found, span{m[4], m[5]})
		}
	}
	return found
}

// basicAuth returns the password in the base64 form of user:password, "" where it is none.
func basicAuth(text string) string {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	user, password, ok := strings.Cut(string(b), ":")
	if !ok || user == "" || !utf8.Valid(b) || strings.ContainsFunc(string(b), unicode.IsControl) {
		return ""
	}
	return password
}

// credentialURLs returns where the passwords of URLs are. A password may hold any of the characters that end
// one, so there may be several guesses for one URL: the widest comes first.
func credentialURLs(text string) [][]span {
	var all [][]span
	end := 0
	for at := 0; ; {
		i := strings.Index(text[at:], "://")
		if i < 0 {
			return all
		}
		from := at + i + len("://")
		if from > end { // else it is inside of the one before
			end = from + strings.IndexFunc(text[from:]+" ", endsURL)
		}
		at = from
		if !strings.Contains(text[from:min(end, from+longestURL)], "@") || from == len("://") || !isAlnum(text[from-len("://")-1]) {
			continue
		}
		if guesses := passwordsIn(text, from, min(end, from+longestURL)); guesses != nil {
			all = append(all, guesses)
			at = guesses[0].to
		}
	}
}

// longestURL bounds how far from its beginning a URL's password is looked for.
const longestURL = 4 << 10

func endsURL(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("\"'`<>", r)
}

// portAndPath is what looks like a password with a slash and is none: host:8080/path@x.
var portAndPath = regexp.MustCompile(`^[A-Za-z0-9.-]*:\d{1,5}(?:/|$)`)

// passwordsIn returns the guesses at the passwords between a URL's slashes and its end: up to the last @ in front
// of a query, up to each one before, and after each further host's user name.
func passwordsIn(text string, from, end int) []span {
	rest := text[from:end]
	if portAndPath.MatchString(rest) {
		return nil
	}
	first := strings.IndexByte(rest, '@')
	colon := strings.IndexByte(rest, ':')
	if colon < 0 || colon > first {
		if user := rest[:first]; len(user) >= 2*shortestRandom && looksRandom(user) {
			return []span{{from, from + first}} // a token instead of a user
		}
		return nil
	}
	reach := rest
	if query := strings.IndexByte(rest, '?'); query > first {
		reach = rest[:query]
	}
	var guesses []span
	for i := len(reach) - 1; i > colon && len(guesses) < 8; i-- {
		switch {
		case reach[i] == '@' && i > colon+1:
			guesses = append(guesses, span{from + colon + 1, from + i})
		case reach[i] == ':' && strings.ContainsAny(reach[i:], "@") && strings.LastIndexByte(reach[:i], ',') > colon:
			guesses = append(guesses, span{from + i + 1, from + i + strings.IndexByte(reach[i:], '@')})
		}
	}
	return guesses
}

// plainForms returns a secret as it was found, and what it means where it is written in an encoding.
func plainForms(secret string) []string {
	all := []string{secret}
	if inside := strings.Trim(secret, `"'`); inside != secret && inside != "" {
		all = append(all, inside)
	}
	if unescaped, err := url.PathUnescape(secret); err == nil && unescaped != secret && unescaped != "" {
		all = append(all, unescaped)
	}
	if password := basicAuth(secret); password != "" {
		all = append(all, password)
	}
	return all
}
