package config

import (
	"errors"
	"fmt"
	"strings"
)

// healthcheck takes the mapping that configs use, a command, or a word that switches checks off.
func (d *draft) healthcheck(v any) error {
	m, ok := v.(map[string]any)
	if ok {
		return d.healthcheckMapping(m)
	}
	if on, err := truth(v); err == nil {
		if on {
			return errors.New(`needs a "test"`)
		}
		d.noCheck = true
		return nil
	}
	switch v.(type) {
	case string, []any:
	default:
		return fmt.Errorf("expected a mapping or a command, not %s", kindOf(v))
	}
	values, err := healthTest(v)
	if err != nil {
		return err
	}
	return d.add("health-cmd", "healthcheck", values)
}

// healthcheckMapping adds a check, or none where the mapping has no test, as the tools do that such configs
// come from.
func (d *draft) healthcheckMapping(m map[string]any) error {
	for _, k := range sortedKeys(m) {
		if m[k] == nil {
			continue
		}
		if err := d.healthcheckKey(k, m[k]); err != nil {
			return fmt.Errorf("%q %w", k, err)
		}
	}
	if d.opts["health-cmd"] == nil {
		for flag, o := range d.opts {
			if o.Key == "healthcheck" {
				delete(d.opts, flag)
			}
		}
		delete(d.extra, "volume")
	}
	return nil
}

func (d *draft) healthcheckKey(k string, v any) error {
	flags := map[string]struct {
		flag string
		form form
	}{
		"test":           {"health-cmd", healthTest},
		"interval":       {"health-interval", interval},
		"check_interval": {"health-interval", interval},
		"timeout":        {"health-timeout", span},
		"retries":        {"health-retries", scalarText},
		"start_period":   {"health-start-period", span},
		"on_failure":     {"health-on-failure", scalarText},
		"mount":          {"volume", healthMount},
	}
	if k == "disable" {
		off, err := truth(v)
		d.noCheck = d.noCheck || off
		return err
	}
	f, ok := flags[k]
	if !ok {
		return d.unknownInHealthcheck(k, didYouMean(k, append(sortedKeys(flags), "disable")))
	}
	values, err := f.form(v)
	if err != nil {
		return err
	}
	if f.flag == "volume" {
		return d.merge(f.flag, "healthcheck", values)
	}
	return d.add(f.flag, "healthcheck", values)
}

func (d *draft) unknownInHealthcheck(k, hint string) error {
	if d.strict {
		return errors.New("is an unknown key" + hint)
	}
	d.warnings = append(d.warnings, fmt.Sprintf("key %q: %q is an unknown key%s", "healthcheck", k, hint))
	return nil
}

// healthMount is the directory with the scripts of a check, which such configs expect at /openstack.
func healthMount(v any) ([]string, error) {
	values, err := scalarText(v)
	if err == nil && len(values) == 1 && !strings.Contains(values[0], ":") {
		values[0] += ":/openstack:ro,z"
	}
	return values, err
}
