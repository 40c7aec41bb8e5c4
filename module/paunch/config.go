package paunch

import (
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/redact"
	"github.com/overcloud/paunch/module/internal/spec"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// invalid is the error about a config that could not be read, which tells none of its secrets.
func (r *run) invalid(err error) error {
	r.masker = redact.NewMasker(r.rules, redact.Known{Found: r.rawSecrets(), Told: r.req.SensitiveValues})
	return many.Kind(ErrInvalidConfig, many.Within("the config is not valid", err))
}

func (r *run) configOptions() config.Options {
	return config.Options{
		Step: r.req.Step, Inline: r.req.Config, Path: r.req.ConfigPath, Files: r.configFiles(), Patterns: r.req.ConfigPatterns,
		AllowMissingStep: r.req.AllowMissingStep,
		Overrides:        r.req.ConfigOverrides, OverridePatterns: r.req.OverridePatterns, Containers: r.req.Containers, Strict: r.req.Strict,
		HealthcheckDisabled: r.req.HealthcheckDisabled, LogPath: r.req.LogPath, LogDriver: r.req.LogDriver,
		ExecUser: r.req.ExecUser, ExitCodes: r.req.ValidExitCodes, Labels: r.req.Labels, Check: checkEntry,
		Dialect:     r.req.Dialect,
		DefaultCPUs: defaultCPUs(r.req.PodmanURL),
	}
}

// configFiles returns the files of the config that came with the request; nil when they are on this host.
func (r *run) configFiles() []config.File {
	if r.req.ConfigFiles == nil {
		return nil
	}
	files := make([]config.File, len(r.req.ConfigFiles))
	for i, f := range r.req.ConfigFiles {
		files[i] = config.File(f)
	}
	return files
}

// checkEntry asks those who will have to take an entry's values: Podman's parser and systemd's.
func checkEntry(e config.Entry) error {
	return config.Join(append(config.Problems(spec.Check(e)), unitfile.Check(e)...))
}

// checkHost looks for what the step needs of the host. What is missing ends a run; a prediction goes on,
// because whoever deploys may make it before the run.
func (r *run) checkHost(volumes map[string]bool) error {
	check := func() error { return config.CheckFiles(r.step, config.OS{}) }
	if r.client.Local() {
		check = func() error { return config.CheckHost(r.step, config.OS{}, r.requiredVolumes(volumes)) }
	}
	err := check()
	if !r.req.Check {
		return err
	}
	missing, err := config.SplitMissing(err)
	r.result.Warnings = append(r.result.Warnings, missing...)
	return err
}
