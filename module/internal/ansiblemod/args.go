package ansiblemod

import (
	"github.com/overcloud/paunch/module/paunch"
)

// Args are the module's arguments. A pointer tells an argument that was left out from its zero value.
type Args struct {
	Step             *int                      `json:"step"`
	Config           map[string]any            `json:"config"`
	ConfigPath       string                    `json:"config_path"`
	ConfigFiles      []paunch.ConfigFile       `json:"config_files"`
	ConfigPatterns   []string                  `json:"config_patterns"`
	ConfigOverrides  map[string]map[string]any `json:"config_overrides"`
	Containers       []string                  `json:"containers"`
	AllowMissingStep bool                      `json:"allow_missing_step"`
	ConfigID         string                    `json:"config_id"`
	ManagedBy        *string                   `json:"managed_by"`
	State            *string                   `json:"state"`
	KeepConfigIDs    []string                  `json:"keep_config_ids"`
	CleanOrphans     *bool                     `json:"clean_orphans"`
	Concurrency      int                       `json:"concurrency"`

	Pull             *string   `json:"pull"`
	PullRetries      *int      `json:"pull_retries"`
	PullTimeout      *Duration `json:"pull_timeout"`
	RegistryAuthFile string    `json:"registry_auth_file"`
	TLSVerify        *bool     `json:"tls_verify"`

	CheckConfigHash    bool    `json:"check_config_hash"`
	ConfigVolumePrefix *string `json:"config_volume_prefix"`

	LogPath        string    `json:"log_path"`
	LogDriver      string    `json:"log_driver"`
	ValidExitCodes []int     `json:"valid_exit_codes"`
	Timeout        *Duration `json:"timeout"`

	WaitHealthy         bool      `json:"wait_healthy"`
	HealthTimeout       *Duration `json:"health_timeout"`
	HealthcheckDisabled bool      `json:"healthcheck_disabled"`
	Settle              *Duration `json:"settle"`

	ExecPolicy      *string           `json:"exec_policy"`
	Adopt           []string          `json:"adopt"`
	SensitiveKeys   []string          `json:"sensitive_keys"`
	SensitiveValues []string          `json:"sensitive_values"`
	RestartStopped  *bool             `json:"restart_stopped"`
	Systemd         *string           `json:"systemd"`
	UnitPrefix      string            `json:"unit_prefix"`
	SystemdOrder    bool              `json:"systemd_order"`
	Strict          bool              `json:"strict"`
	Labels          map[string]string `json:"labels"`
	PodmanURL       string            `json:"podman_url"`
	PodmanTimeout   *Duration         `json:"podman_timeout"`
	LockTimeout     *Duration         `json:"lock_timeout"`
	Debug           bool              `json:"debug"`
}

// Control is what Ansible itself passes and this module heeds; every other _ansible_ key is ignored.
type Control struct {
	CheckMode bool
	Diff      bool
	NoLog     bool
}

// Request turns the arguments into a request; what was left out has its default.
func (a Args) Request(c Control) paunch.Request {
	r := paunch.Defaults()
	set(&r.Step, a.Step)
	r.Config, r.ConfigPath, r.ConfigPatterns = a.Config, a.ConfigPath, a.ConfigPatterns
	r.ConfigFiles, r.AllowMissingStep = a.ConfigFiles, a.AllowMissingStep
	r.ConfigOverrides, r.Containers, r.ConfigID = a.ConfigOverrides, a.Containers, a.ConfigID
	set(&r.ManagedBy, a.ManagedBy)
	set(&r.State, a.State)
	r.KeepConfigIDs = a.KeepConfigIDs
	set(&r.CleanOrphans, a.CleanOrphans)
	r.Concurrency = a.Concurrency
	set(&r.Pull, a.Pull)
	set(&r.PullRetries, a.PullRetries)
	setDuration(&r.PullTimeout, a.PullTimeout)
	r.RegistryAuthFile, r.TLSVerify = a.RegistryAuthFile, a.TLSVerify
	r.CheckConfigHash = a.CheckConfigHash
	set(&r.ConfigVolumePrefix, a.ConfigVolumePrefix)
	r.LogPath, r.LogDriver, r.ValidExitCodes = a.LogPath, a.LogDriver, a.ValidExitCodes
	setDuration(&r.Timeout, a.Timeout)
	r.WaitHealthy = a.WaitHealthy
	setDuration(&r.HealthTimeout, a.HealthTimeout)
	r.HealthcheckDisabled = a.HealthcheckDisabled
	setDuration(&r.Settle, a.Settle)
	set(&r.ExecPolicy, a.ExecPolicy)
	r.Adopt, r.SensitiveKeys, r.SensitiveValues = a.Adopt, a.SensitiveKeys, a.SensitiveValues
	set(&r.RestartStopped, a.RestartStopped)
	set(&r.Systemd, a.Systemd)
	r.UnitPrefix, r.SystemdOrder = a.UnitPrefix, a.SystemdOrder
	r.Strict, r.Labels, r.PodmanURL = a.Strict, a.Labels, a.PodmanURL
	setDuration(&r.PodmanTimeout, a.PodmanTimeout)
	setDuration(&r.LockTimeout, a.LockTimeout)
	r.Debug, r.Check, r.Terse = a.Debug, c.CheckMode, c.NoLog
	return r
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
