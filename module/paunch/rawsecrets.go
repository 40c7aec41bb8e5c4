package paunch

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/overcloud/paunch/module/internal/hostfile"
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
	if r.req.ConfigFiles != nil {
		for _, f := range r.req.ConfigFiles {
			if f.Text != nil {
				texts = append(texts, *f.Text)
			}
		}
		return texts
	}
	for _, file := range r.rawFiles() {
		texts = append(texts, head(file))
	}
	return texts
}

// rawFiles is the config's path and all that is in its directory, or in the directory of the step there.
func (r *run) rawFiles() []string {
	files := []string{r.req.ConfigPath}
	for _, dir := range []string{r.req.ConfigPath, filepath.Join(r.req.ConfigPath, fmt.Sprintf("step_%d", r.req.Step))} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files
}

// head is the beginning of a regular file; "" where it cannot be read.
func head(file string) string {
	f, err := hostfile.Open(file)
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
