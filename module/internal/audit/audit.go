package audit

import (
	"fmt"
	"strings"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/redact"
)

// Severity is how much a finding weakens a host.
type Severity string

// The severities, in rising order.
const (
	Low    Severity = "low"
	Medium Severity = "medium"
	High   Severity = "high"
)

// rank orders severities.
var rank = map[Severity]int{Low: 1, Medium: 2, High: 3}

// AtLeast reports whether s is as severe as threshold. It is false for a word that is no severity.
func (s Severity) AtLeast(threshold Severity) bool {
	return rank[s] > 0 && rank[threshold] > 0 && rank[s] >= rank[threshold]
}

// Valid reports whether s is one of the severities.
func (s Severity) Valid() bool { return rank[s] > 0 }

// Finding is one weakness of a container.
type Finding struct {
	Severity Severity `json:"severity" yaml:"severity"`
	Rule     string   `json:"rule" yaml:"rule"` // its name, to search for and to count by
	Text     string   `json:"text" yaml:"text"`
	Key      string   `json:"key" yaml:"key"` // the key of the entry to change, and to what
}

// Check returns the findings of one container, the rules' order. It holds no value of a variable.
func Check(f observed.Facts, rules redact.Rules) []Finding {
	var found []Finding
	for _, check := range []func(observed.Facts, redact.Rules) []Finding{
		privileged, namespaces, capabilities, secrets, socket, user, confinement, image, rootFileSystem,
	} {
		found = append(found, check(f, rules)...)
	}
	return found
}

func one(s Severity, rule, text, key string) []Finding {
	return []Finding{{Severity: s, Rule: rule, Text: text, Key: key}}
}

func privileged(f observed.Facts, _ redact.Rules) []Finding {
	if !f.Privileged {
		return nil
	}
	return one(High, "privileged", "runs privileged: its root is the host's root", "privileged: false, with cap_add and devices for what it needs")
}

// namespaceSeverity: sharing processes or users gives more away than sharing the network.
var namespaceSeverity = map[string]Severity{"pid": High, "user": Low, "ipc": Medium, "network": Low, "uts": Low, "cgroup": Low}

// namespaceKey names the key of the config where it is not the namespace's name.
var namespaceKey = map[string]string{"network": "net", "user": "userns", "cgroup": "cgroupns"}

func namespaces(f observed.Facts, _ redact.Rules) []Finding {
	var found []Finding
	for _, name := range f.HostNamespaces {
		if name == "user" && !f.Privileged {
			continue // the usual mode of root's containers
		}
		key := name
		if k := namespaceKey[name]; k != "" {
			key = k
		}
		found = append(found, one(namespaceSeverity[name], "host-namespace", fmt.Sprintf("shares the host's %s namespace", name), key+": leave out, or private")...)
	}
	return found
}

// strong capabilities come close to being root on the host.
var strong = map[string]bool{
	"CAP_SYS_ADMIN": true, "CAP_SYS_MODULE": true, "CAP_SYS_PTRACE": true, "CAP_SYS_RAWIO": true, "CAP_DAC_READ_SEARCH": true,
	"CAP_BPF": true, "CAP_ALL": true, "ALL": true,
}

func capabilities(f observed.Facts, _ redact.Rules) []Finding {
	if f.Privileged {
		return nil // it has them all
	}
	var found []Finding
	for _, name := range f.Capabilities {
		severity := Medium
		if strong[strings.ToUpper(name)] {
			severity = High
		}
		found = append(found, one(severity, "capability", "has the added capability "+name, "cap_add: without "+name)...)
	}
	return found
}

func secrets(f observed.Facts, rules redact.Rules) []Finding {
	var found []Finding
	for _, variable := range f.Env {
		name, value, _ := strings.Cut(variable, "=")
		if value != "" && rules.Sensitive(name) {
			found = append(found, one(Medium, "secret-in-environment",
				fmt.Sprintf("has a secret in the variable %s, readable by podman inspect", name), "secrets: NAME,type=env,target="+name+", or a file in volumes")...)
		}
	}
	return found
}

// sockets give control over the host's containers or services.
var sockets = []string{"/run/podman/podman.sock", "/var/run/docker.sock", "/run/docker.sock", "/run/dbus", "/run/systemd/private"}

func socket(f observed.Facts, _ redact.Rules) []Finding {
	var found []Finding
	for _, m := range f.Mounts {
		switch {
		case m.Source == "/":
			found = append(found, one(High, "host-root", "has the host's whole file system at "+m.Destination, "volumes: mount only what it needs")...)
		case isOneOf(m.Source, sockets):
			found = append(found, one(High, "control-socket", "can control the host through "+m.Source, "volumes: without "+m.Source)...)
		}
	}
	return found
}

func isOneOf(path string, all []string) bool {
	for _, p := range all {
		if strings.TrimSuffix(path, "/") == p || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

func user(f observed.Facts, _ redact.Rules) []Finding {
	name, _, _ := strings.Cut(f.User, ":")
	if name != "" && name != "root" && name != "0" {
		return nil
	}
	return one(Low, "root-user", "runs as root", "user: the user that its image has for it")
}

func confinement(f observed.Facts, _ redact.Rules) []Finding {
	if f.Privileged {
		return nil // privileged switches all of it off
	}
	var found []Finding
	for _, o := range f.SecurityOpts {
		switch strings.ReplaceAll(o, ":", "=") {
		case "seccomp=unconfined", "label=disable", "apparmor=unconfined", "unmask=all":
			found = append(found, one(Medium, "unconfined", "has the security option "+o, "security_opt: without "+o)...)
		}
	}
	return found
}

func image(f observed.Facts, _ redact.Rules) []Finding {
	if strings.Contains(f.Image, "@sha256:") {
		return nil
	}
	_, tag, tagged := strings.Cut(f.Image[strings.LastIndex(f.Image, "/")+1:], ":")
	if tagged && tag != "latest" {
		return one(Low, "image-tag", fmt.Sprintf("was created from the tag %q, which may move", tag), "image: with @sha256:… instead of a tag")
	}
	return one(Medium, "moving-tag", "was created from the tag latest, which moves", "image: with a version, or @sha256:…")
}

func rootFileSystem(f observed.Facts, _ redact.Rules) []Finding {
	if f.ReadOnly {
		return nil
	}
	return one(Low, "writable-root", "can write to its root file system", "read_only: true, with tmpfs or volumes for what it writes")
}
