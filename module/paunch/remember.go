package paunch

import (
	"encoding/json"
	"reflect"
	"slices"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// rememberedOption is an option that decides what containers and units are like, so that a command without it would
// see drift that is none.
type rememberedOption struct {
	name string
	in   func(*Request) any
	keys []string // of a record, which it adds to
}

func rememberedOptions() []rememberedOption {
	return []rememberedOption{
		{"check_config_hash", func(r *Request) any { return &r.CheckConfigHash }, nil},
		{"config_volume_prefix", func(r *Request) any { return &r.ConfigVolumePrefix }, nil},
		{"exec_user", func(r *Request) any { return &r.ExecUser }, []string{"user"}},
		{"healthcheck_disabled", func(r *Request) any { return &r.HealthcheckDisabled }, []string{"health-cmd", "health-interval", "health-retries", "health-start-period", "health-timeout", "no-healthcheck"}},
		{"labels", func(r *Request) any { return &r.Labels }, []string{"label"}},
		{"log_driver", func(r *Request) any { return &r.LogDriver }, []string{"log-driver"}},
		{"log_path", func(r *Request) any { return &r.LogPath }, []string{"log-driver", "log-opt"}},
		{"restart_stopped", func(r *Request) any { return &r.RestartStopped }, nil},
		{"stop_timeout", func(r *Request) any { return &r.StopTimeout }, nil},
		{"systemd", func(r *Request) any { return &r.Systemd }, nil},
		{"systemd_order", func(r *Request) any { return &r.SystemdOrder }, nil},
		{"unit_prefix", func(r *Request) any { return &r.UnitPrefix }, nil},
		{"valid_exit_codes", func(r *Request) any { return &r.ValidExitCodes }, nil},
		{"wait_healthy", func(r *Request) any { return &r.WaitHealthy }, nil},
	}
}

// options returns those remembered options of a request that differ from the default.
func (r *run) options() map[string]any {
	all, defaults := map[string]any{}, Defaults()
	for _, o := range rememberedOptions() {
		value := reflect.ValueOf(o.in(&r.req)).Elem()
		empty := (value.Kind() == reflect.Map || value.Kind() == reflect.Slice) && value.Len() == 0
		if !empty && !reflect.DeepEqual(value.Interface(), reflect.ValueOf(o.in(&defaults)).Elem().Interface()) {
			all[o.name] = value.Interface()
		}
	}
	return all
}

// optionsLabel returns the text of record.LabelOptions for new containers; "" where there is nothing to remember. An
// option that holds a secret is not remembered.
func (r *run) optionsLabel() string {
	options := r.options()
	for name, value := range options {
		if r.holdsSecret(name, value) {
			delete(options, name)
		}
	}
	if len(options) == 0 && !r.remembers {
		return ""
	}
	text, err := json.Marshal(options)
	if err != nil { // strings, numbers and bools always marshal
		return ""
	}
	return string(text)
}

func (r *run) holdsSecret(name string, value any) bool {
	var texts []string
	switch v := value.(type) {
	case string:
		texts = []string{v}
	case map[string]string:
		for k, text := range v {
			texts = append(texts, k+"="+text)
		}
	}
	key := name
	if name == "labels" {
		key = "label"
	}
	return slices.ContainsFunc(r.masker.Find(key, texts), func(parts [][2]int) bool { return len(parts) > 0 })
}

// recall looks for the options that the step was last applied with. Where the request says so, they take the place of
// those that were not given; then the config is read again. It reports what the options of the last apply were.
func (r *run) recall(state observed.State) error {
	last, found := lastOptions(state, r.req)
	if r.remembers = found; !found || r.req.State != StatePresent {
		return nil
	}
	r.lastOptions = last
	if !r.req.Recall {
		return nil
	}
	for _, o := range rememberedOptions() {
		field := reflect.ValueOf(o.in(&r.req)).Elem()
		text, known := last[o.name]
		if !known || slices.Contains(r.req.Given, o.name) {
			continue
		}
		value := reflect.New(field.Type())
		if err := json.Unmarshal(text, value.Interface()); err != nil {
			continue // a label that was forged, or is of a later version
		}
		field.Set(value.Elem())
		r.result.Remembered = append(r.result.Remembered, o.name+" "+string(text))
	}
	if len(r.result.Remembered) == 0 {
		return nil
	}
	if err := r.req.normalise(); err != nil {
		return err
	}
	r.result.Warnings = nil
	r.restartedBy()
	return r.load()
}

// lastOptions returns the options that stand at the newest container of the step, by name; false where none has any, as
// on a host of an earlier version.
func lastOptions(state observed.State, req Request) (map[string]json.RawMessage, bool) {
	var newest *observed.Container
	for i := range state.Containers {
		c := &state.Containers[i]
		if c.Labels[record.LabelOptions] == "" || c.Labels[record.LabelManagedBy] != req.ManagedBy || c.Labels[record.LabelConfigID] != req.ConfigID {
			continue
		}
		if newest == nil || c.CreatedAt.After(newest.CreatedAt) {
			newest = c
		}
	}
	var options map[string]json.RawMessage
	if newest == nil || json.Unmarshal([]byte(newest.Labels[record.LabelOptions]), &options) != nil {
		return nil, false
	}
	return options, true
}

// optionsOf returns, by the keys of a record, which option of the step changed since the last apply, so that the reason
// of a change can name it.
func (r *run) optionsOf() map[string][]string {
	if !r.remembers {
		return nil
	}
	now, out := r.options(), map[string][]string{}
	for _, o := range rememberedOptions() {
		text := ""
		if value, set := now[o.name]; set {
			encoded, err := json.Marshal(value)
			if err != nil {
				continue
			}
			text = string(encoded)
		}
		if text == string(r.lastOptions[o.name]) || r.holdsSecret(o.name, now[o.name]) {
			continue
		}
		for _, key := range o.keys {
			out[key] = append(out[key], o.name)
		}
	}
	return out
}
