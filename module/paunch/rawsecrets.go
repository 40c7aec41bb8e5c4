package paunch

import (
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxRaw bounds what is read of one config file to look for secrets in it.
const maxRaw = 1 << 20

// rawSecrets looks for secrets in the config as it was written, before it is known to be one: the error
// about a broken config must not tell them.
func (r *run) rawSecrets() []string {
	secrets := r.rules.RawValue(r.req.Config)
	for name, keys := range r.req.ConfigOverrides {
		secrets = append(secrets, r.rules.RawValue(map[string]any{name: keys})...)
	}
	for _, text := range r.rawTexts() {
		secrets = append(secrets, r.rules.Raw(text)...)
	}
	return secrets
}

// rawTexts is the text of the files that may be read. What cannot be read is left to the loader's error.
func (r *run) rawTexts() []string {
	var texts []string
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
