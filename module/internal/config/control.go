package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// draft is an entry while its keys are read: contradictions are looked for when all are known.
type draft struct {
	Entry
	opts       map[string]*Option // by flag
	extra      map[string]Option  // what is added to opts when all keys are read, by flag
	isExec     bool
	isDetached *bool
	isStopped  bool
	noCheck    bool // its healthcheck is switched off
	strict     bool
	warnings   []string
}

func (d *draft) image(v any) (err error) {
	if _, isBool := v.(bool); isBool {
		return errors.New("expected a string, not a bool")
	}
	if d.Image, err = text(v); err != nil {
		return err
	}
	if d.Image, err = registryImage(d.Image); err != nil {
		return err
	}
	if strings.ContainsAny(d.Image, " \t") || strings.HasPrefix(d.Image, "-") {
		return errors.New("is no reference to an image")
	}
	return nil
}

// registryImage drops the transport of an image that podman gets by its name anyway. Images in archives and
// directories must be loaded before.
func registryImage(s string) (string, error) {
	if rest, ok := strings.CutPrefix(s, "docker://"); ok {
		return dockerName(rest), nil
	}
	if rest, ok := strings.CutPrefix(s, "containers-storage:"); ok {
		return rest, nil
	}
	for _, transport := range []string{"docker-archive:", "oci-archive:", "docker-daemon:", "ostree:", "atomic:", "tarball:", "dir:", "oci:", "sif:"} {
		if rest, ok := strings.CutPrefix(s, transport); ok && strings.Contains(rest, "/") {
			return "", fmt.Errorf("images of the transport %s are not pulled by a step; load the image first (podman pull %sPATH) and write its name", transport, transport)
		}
	}
	return s, nil
}

// dockerName completes a short name as the docker transport does, which knows no other registry.
func dockerName(s string) string {
	host, _, found := strings.Cut(s, "/")
	switch {
	case !found:
		return "docker.io/library/" + s
	case host != "localhost" && !strings.ContainsAny(host, ".:"):
		return "docker.io/" + s
	}
	return s
}

func (d *draft) command(v any) (err error) {
	d.Command, err = words(v)
	return err
}

// oneOf takes one of some words; an empty string leaves the key unset.
func oneOf(v any, known ...string) (string, error) {
	s, err := text(v)
	if err != nil {
		return "", err
	}
	if s == "" || slices.Contains(known, s) {
		return s, nil
	}
	return "", fmt.Errorf("invalid value %q: must be one of %s", s, strings.Join(known, ", "))
}

func (d *draft) action(v any) error {
	s, err := oneOf(v, "run", "exec")
	d.isExec = s == "exec"
	return err
}

func (d *draft) detach(v any) error {
	b, err := truth(v)
	d.isDetached = &b
	return err
}

// restart knows the ways in which configs say "no policy", YAML's own false among them.
func (d *draft) restart(v any) error {
	s, err := text(v)
	if err != nil {
		return err
	}
	switch s {
	case "", "no", "none", "false", "never", "off":
		return d.setOnce(&d.Restart, "", `the keys "restart" and "restart_policy"`)
	case "always", "unless-stopped", "on-failure":
		return d.setOnce(&d.Restart, s, `the keys "restart" and "restart_policy"`)
	}
	if n, ok := strings.CutPrefix(s, "on-failure:"); ok {
		if _, err := strconv.ParseUint(n, 10, 16); err != nil {
			return errors.New("the number of tries after on-failure must be a whole number")
		}
		return d.setOnce(&d.Restart, s, `the keys "restart" and "restart_policy"`)
	}
	return fmt.Errorf("invalid value %q: must be one of no, always, unless-stopped, on-failure[:N]", s)
}

func (d *draft) setOnce(field *string, s, keys string) error {
	if *field != "" && *field != s {
		return fmt.Errorf("%s contradict each other", keys)
	}
	*field = s
	return nil
}

func (d *draft) state(v any) error {
	s, err := text(v)
	if err != nil {
		return err
	}
	switch s {
	case "stopped", "created":
		d.isStopped = true
		return nil
	case "", "started", "running", "present":
		return nil
	case "absent":
		return errors.New("to remove a container, leave it out of the config")
	}
	return fmt.Errorf("invalid value %q: must be one of started, stopped", s)
}

func (d *draft) startOrder(v any) (err error) {
	d.StartOrder, err = integer(v, -1_000_000, 1_000_000)
	return err
}

func (d *draft) exitCodes(v any) error {
	l, ok := v.([]any)
	if !ok {
		l = []any{v}
	}
	for _, e := range l {
		if e == nil || e == "" {
			continue
		}
		n, err := integer(e, 0, 255)
		if err != nil {
			return fmt.Errorf("an exit code %w", err)
		}
		if !slices.Contains(d.ExitCodes, n) {
			d.ExitCodes = append(d.ExitCodes, n)
		}
	}
	slices.Sort(d.ExitCodes)
	return nil
}

func (d *draft) remove(v any) error {
	b, err := truth(v)
	d.Remove = d.Remove || b
	return err
}

func (d *draft) wait(v any) error {
	if off, err := truth(v); err == nil && !off {
		return nil
	}
	s, err := oneOf(v, "healthy", "none", "started")
	if s == "healthy" {
		d.Wait = s
	}
	return err
}

func (d *draft) healthTimeout(v any) (err error) {
	d.HealthTimeout, err = duration(v)
	return err
}

func (d *draft) pull(v any) (err error) {
	d.Pull, err = oneOf(v, "missing", "always", "newer", "never")
	return err
}

func (d *draft) execPolicy(v any) (err error) {
	d.ExecPolicy, err = oneOf(v, "on_change", "always")
	return err
}

func (d *draft) restartStopped(v any) error {
	b, err := truth(v)
	d.RestartStopped = &b
	return err
}

func (d *draft) renewAnonVolumes(v any) (err error) {
	d.RenewAnonVolumes, err = truth(v)
	return err
}

func (d *draft) timeout(v any) (err error) {
	d.Timeout, err = duration(v)
	return err
}

func (d *draft) retries(v any) (err error) {
	d.Retries, err = integer(v, 0, 1000)
	return err
}

func (d *draft) retrySleep(v any) (err error) {
	d.RetrySleep, err = duration(v)
	return err
}

// dimensions are limits of resources below one key, as kolla writes them.
func (d *draft) dimensions(v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("expected a mapping, not %s", kindOf(v))
	}
	limits := map[string]Key{}
	for _, k := range resourceKeys() {
		limits[k.Name] = k
	}
	for _, name := range sortedKeys(withoutNulls(m)) {
		k, known := limits[name]
		if !known {
			return fmt.Errorf("%q is no limit%s", name, didYouMean(name, sortedKeys(limits)))
		}
		values, err := k.form(m[name])
		if err == nil {
			err = d.add(k.Flag, "dimensions", values)
		}
		if err != nil {
			return fmt.Errorf("%q %w", name, err)
		}
	}
	return nil
}

func (d *draft) dependsOn(v any) (err error) {
	d.DependsOn, err = unitWords(v)
	return err
}

// excludeFromHash takes files that are no configuration, as edpm-ansible writes them: paths below what is mounted.
func (d *draft) excludeFromHash(v any) (err error) {
	d.HashExcludes, err = names(v)
	return err
}

func (d *draft) partOf(v any) (err error) {
	d.PartOf, err = unitWords(v)
	return err
}

func unitWords(v any) ([]string, error) {
	all, err := names(v)
	if err != nil {
		return nil, err
	}
	var units []string
	for _, s := range all {
		units = append(units, strings.Fields(s)...)
	}
	return units, nil
}

func (d *draft) systemdExecFlags(v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("must be a mapping, not %s", kindOf(v))
	}
	for _, k := range sortedKeys(m) {
		if k == "" || strings.ContainsAny(k, "=[] \t") {
			return errors.New("the name of a unit's option must not be empty, nor hold blanks, brackets or an equals sign")
		}
		s, err := text(m[k])
		if err != nil {
			return fmt.Errorf("the value of %q %w", k, err)
		}
		if d.SystemdExecFlags == nil {
			d.SystemdExecFlags = map[string]string{}
		}
		d.SystemdExecFlags[k] = s
	}
	return nil
}

func (d *draft) killMode(v any) (err error) {
	d.KillMode, err = oneOf(v, "control-group", "mixed", "process", "none")
	return err
}

func (d *draft) preStopCommand(v any) (err error) {
	d.PreStopCommand, err = text(v)
	return err
}

func (d *draft) preStopExec(v any) (err error) {
	d.PreStopExec, err = text(v)
	return err
}

func (d *draft) reloadSignal(v any) error {
	s, err := text(v)
	if err != nil {
		return err
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune(signalRunes, r) }) {
		return errors.New("must be the name or number of a signal")
	}
	d.ReloadSignal = s
	return nil
}

const signalRunes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"

func (d *draft) noReload(v any) (err error) {
	d.NoReload, err = truth(v)
	return err
}
