package paunch

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// maxRaw bounds what is read of one config file to look for secrets in it.
const maxRaw = 1 << 20

// pair is a name and a value in the text of a config, whatever its form: NAME: value, NAME=value.
var pair = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_.-]*)["']?\s*[:=]\s*["']?([^\s"',{}\[\]]{4,})`)

// rawSecrets looks for secrets in the config as it was written, before it is known to be one: the error
// about a broken config must not tell them.
func (r *run) rawSecrets() []string {
	var secrets []string
	for _, text := range r.rawTexts() {
		for _, m := range pair.FindAllStringSubmatch(text, -1) {
			if r.rules.Sensitive(m[1]) {
				secrets = append(secrets, m[2])
			}
		}
	}
	return secrets
}

// rawTexts is the text of the inline config and of the files that may be read. What cannot be read is
// left to the loader's error.
func (r *run) rawTexts() []string {
	var texts []string
	for _, v := range []any{r.req.Config, r.req.ConfigOverrides} {
		if text, err := json.Marshal(v); err == nil {
			texts = append(texts, string(text))
		}
	}
	files := []string{r.req.ConfigPath}
	if entries, err := os.ReadDir(r.req.ConfigPath); err == nil {
		for _, e := range entries {
			files = append(files, filepath.Join(r.req.ConfigPath, e.Name()))
		}
	}
	for _, file := range files {
		texts = append(texts, head(file))
	}
	return texts
}

func head(file string) string {
	if file == "" || strings.ContainsRune(file, 0) {
		return ""
	}
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return "" // never opened: a pipe would wait for its writer
	}
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // only read from
	text, err := io.ReadAll(io.LimitReader(f, maxRaw))
	if err != nil {
		return ""
	}
	return string(text)
}
