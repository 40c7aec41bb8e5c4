package paunch

import (
	"os"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/redact"
)

// known returns what is secret in this run: what the entries, their env files and label files, and this process's
// environment hold under telling names, and what the request names.
func (r *run) known() redact.Known {
	k := redact.Known{Told: r.req.SensitiveValues, Found: r.rules.Variables(os.Environ()), Names: append([]string{r.req.ConfigID, r.req.ManagedBy}, r.step.Excluded...)}
	k.Told = slices.Concat(k.Told, contents(r.step.Resources), r.learned)
	for _, content := range slices.Concat(contents(r.step.Resources), r.learned) {
		k.Found = append(k.Found, r.rules.Value(content)...) // a password within
	}
	for _, res := range r.step.Resources {
		k.Found = append(k.Found, r.rules.Variables(pairs(res.Options))...)
	}
	for _, e := range r.step.Entries {
		k.Names = append(k.Names, e.Name)
		k.Found = append(k.Found, r.rules.Secrets(e)...)
		k.Found = append(k.Found, r.rules.Inherited(e.Inherited)...)
		k.Found = append(k.Found, r.fileSecrets(e)...)
	}
	return k
}

// fileSecrets returns the secrets of an entry's env files and label files. What cannot be read is left to the check
// of the host.
func (r *run) fileSecrets(e config.Entry) []string {
	var found []string
	for _, flag := range []string{"env-file", "label-file"} {
		for _, file := range e.Option(flag) {
			text := head(file)
			found = append(found, r.rules.Variables(strings.Split(text, "\n"))...)
			found = append(found, r.rules.Value(text)...)
		}
	}
	return found
}
