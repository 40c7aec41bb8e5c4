package unitfile

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
)

// PodmanPath is the podman that units call.
const PodmanPath = "/usr/bin/podman"

// Service is everything that the text of a container's unit depends on.
type Service struct {
	Unit      string // its name, with ".service"
	Container string // the container's real name
	PIDFile   string // where conmon writes its process id
	Owner

	Restart     string // always, unless-stopped, on-failure or on-failure:N
	StopTimeout *uint  // seconds until a stop kills; nil = podman's 10

	DependsOn, PartOf []string
	ExecFlags         map[string]string // further lines of [Service]
	KillMode          string            // "" = systemd's default, control-group
	PreStopExec       string            // a command line that runs before the stop
	PreStopCommand    string            // one that runs in the container before the stop
	ReloadSignal      string            // "" = HUP
	NoReload          bool
	Ordered           bool // it stops before what containers stand on (systemd_order)

	AfterWave []string // the units of the wave before it, which start first when the host boots
	// ReadyWithin is how many seconds the unit waits for its container's health when the host boots; 0 = it does not.
	ReadyWithin uint
}

// Owner is whose a unit is.
type Owner struct{ ManagedBy, ConfigID, Entry string }

// Of returns what an entry says about its unit.
func Of(e config.Entry) Service {
	return Service{
		Restart: e.Restart, StopTimeout: e.StopTimeout, DependsOn: e.DependsOn, PartOf: e.PartOf,
		ExecFlags: e.SystemdExecFlags, KillMode: e.KillMode, PreStopExec: e.PreStopExec, PreStopCommand: e.PreStopCommand,
		ReloadSignal: e.ReloadSignal, NoReload: e.NoReload,
	}
}

// Prefix is what unit_prefix may be.
var Prefix = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// longestName is systemd's limit for the name of a unit.
const longestName = 255

// Name returns the name of a container's unit, as paunch and its successors built it.
func Name(prefix, container string) (string, error) {
	name := prefix + "_" + container + ".service"
	switch {
	case !Prefix.MatchString(prefix):
		return "", fmt.Errorf("unit_prefix %q is none (letters, digits and _.-, at most 64)", prefix)
	case strings.ContainsFunc(container, func(r rune) bool { return !isNameRune(r) }):
		return "", fmt.Errorf("%q cannot be part of a unit's name", container)
	case len(name) > longestName:
		return "", fmt.Errorf("its unit's name would be longer than systemd's %d characters: %s", longestName, name)
	}
	return name, nil
}

func isNameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.-", r)
}

// podmansStopTimeout is how many seconds podman waits before it kills, where nothing else is said.
const podmansStopTimeout = 10

// Render returns a unit's text. Type, PID file and the way of stopping are as podman generates them for
// a container that exists; an error names the key whose value cannot stand in a unit.
func Render(s Service) (string, error) {
	if problems := check(s); len(problems) > 0 {
		return "", problems[0]
	}
	var b strings.Builder
	s.writeUnit(&b)
	s.writeService(&b)
	fmt.Fprintf(&b, "\n[Install]\nWantedBy=multi-user.target\n\n")
	s.writeOwner(&b)
	return b.String(), nil
}

func (s Service) writeUnit(b *strings.Builder) {
	fmt.Fprintf(b, "# Written by paunch, which rewrites it when it differs from its config.\n[Unit]\n")
	fmt.Fprintf(b, "Description=%s container\n", s.Container)
	wants, after := []string{"network-online.target"}, []string{"network-online.target"}
	if s.Ordered {
		wants, after = append(wants, Target), append(after, Target)
	}
	for _, unit := range unitNames(s.DependsOn) {
		wants, after = append(wants, unit), append(after, unit)
	}
	fmt.Fprintf(b, "Wants=%s\nAfter=%s\n", strings.Join(wants, " "), strings.Join(after, " "))
	s.writeWave(b)
	if units := unitNames(s.PartOf); len(units) > 0 {
		fmt.Fprintf(b, "PartOf=%s\n", strings.Join(units, " "))
	}
	fmt.Fprintf(b, "RequiresMountsFor=/run/containers\n")
	// Services that need each other crash until all are there, after a boot for minutes: no limit may
	// leave one dead. Only on-failure:N asks for an end.
	if _, tries, limited := strings.Cut(s.Restart, ":"); limited {
		fmt.Fprintf(b, "StartLimitIntervalSec=1h\nStartLimitBurst=%d\n", starts(tries))
	} else {
		fmt.Fprintf(b, "StartLimitIntervalSec=0\n")
	}
}

// starts is how often systemd may start what podman would start again so many times. No limit is 0 to both.
func starts(again string) int {
	n, err := strconv.Atoi(again)
	if err != nil || n <= 0 {
		return 0
	}
	return n + 1
}

func (s Service) writeService(b *strings.Builder) {
	timeout := uint(podmansStopTimeout)
	if s.StopTimeout != nil {
		timeout = *s.StopTimeout
	}
	stop := fmt.Sprintf("%s stop --ignore -t %d %s", PodmanPath, timeout, s.Container)
	fmt.Fprintf(b, "\n[Service]\nType=forking\nPIDFile=%s\nEnvironment=PODMAN_SYSTEMD_UNIT=%%n\n", s.PIDFile)
	fmt.Fprintf(b, "ExecStart=%s start %s\n", PodmanPath, s.Container)
	s.writeReady(b)
	if !s.NoReload {
		signal := s.ReloadSignal
		if signal == "" {
			signal = "HUP"
		}
		fmt.Fprintf(b, "ExecReload=%s kill --signal %s %s\n", PodmanPath, signal, s.Container)
	}
	if s.PreStopExec != "" {
		fmt.Fprintf(b, "ExecStop=%s\n", unfailing(escape(s.PreStopExec)))
	}
	if s.PreStopCommand != "" {
		fmt.Fprintf(b, "ExecStop=-%s exec %s %s\n", PodmanPath, s.Container, escape(s.PreStopCommand))
	}
	fmt.Fprintf(b, "ExecStop=%s\nExecStopPost=%s\n", stop, stop)
	// Podman needs a while of its own beside the container's.
	fmt.Fprintf(b, "TimeoutStopSec=%d\nSuccessExitStatus=137 142 143\n", timeout+60)
	restart, _, _ := strings.Cut(s.Restart, ":")
	if restart == "unless-stopped" {
		restart = "always" // who stops a unit does not want it started again in either case
	}
	fmt.Fprintf(b, "Restart=%s\nRestartSec=1\n", restart)
	if restart == "on-failure" {
		// What a stop may end with is no failure, but who runs out of memory ends so too.
		fmt.Fprintf(b, "RestartForceExitStatus=137\n")
	}
	if s.KillMode != "" {
		fmt.Fprintf(b, "KillMode=%s\n", s.KillMode)
	}
	for _, key := range sortedKeys(s.ExecFlags) {
		fmt.Fprintf(b, "%s=%s\n", key, s.ExecFlags[key])
	}
}

// escape has a command line mean what it says: systemd would take % and $ for its own.
func escape(command string) string {
	return strings.NewReplacer("%", "%%", "$", "$$").Replace(command)
}

// unfailing lets a command fail without consequence: systemd would leave out the stops that follow, and
// end the container by a signal that it may not know, after minutes.
func unfailing(command string) string {
	if strings.Contains(command[:len(command)-len(strings.TrimLeft(command, prefixes))], "-") {
		return command
	}
	return "-" + command
}

// ownerSection is where a unit names its owner; systemd passes over sections that begin with X-.
const ownerSection = "[X-Paunch]"

func (s Service) writeOwner(b *strings.Builder) {
	fmt.Fprintf(b, "%s\nManagedBy=%s\nConfigID=%s\nEntry=%s\n", ownerSection, s.ManagedBy, s.ConfigID, s.Entry)
}

// OwnerOf tells whose a unit is; false when its text does not say that it is ours.
func OwnerOf(text string) (Owner, bool) {
	_, section, found := strings.Cut(text, "\n"+ownerSection+"\n")
	if !found {
		return Owner{}, false
	}
	var o Owner
	for line := range strings.SplitSeq(section, "\n") {
		key, value, _ := strings.Cut(line, "=")
		switch key {
		case "ManagedBy":
			o.ManagedBy = value
		case "ConfigID":
			o.ConfigID = value
		case "Entry":
			o.Entry = value
		}
	}
	return o, o.ManagedBy != "" && o.ConfigID != "" && o.Entry != ""
}

// PIDFileOf returns where a unit looks for its main process, "" when it does not say.
func PIDFileOf(text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if path, ok := strings.CutPrefix(line, "PIDFile="); ok {
			return path
		}
	}
	return ""
}

// unitNames gives names without an ending that of a service, as paunch did.
func unitNames(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = withEnding(name)
	}
	return out
}

func withEnding(name string) string {
	if slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(name, e) }) {
		return name
	}
	return name + ".service"
}

var endings = []string{".service", ".socket", ".target", ".timer", ".mount", ".path", ".slice", ".scope", ".device", ".automount", ".swap"}

// Equal reports whether two units mean the same: their comments do not count, so that a unit of an earlier
// version, with other words in them, is not a change.
func Equal(a, b string) bool { return withoutComments(a) == withoutComments(b) }

func withoutComments(unit string) string {
	var b strings.Builder
	for line := range strings.Lines(unit) {
		if !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, ";") {
			b.WriteString(line)
		}
	}
	return b.String()
}
