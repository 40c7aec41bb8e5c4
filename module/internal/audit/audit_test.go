package audit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/redact"
)

// sound is a container without a finding.
func sound() observed.Facts {
	return observed.Facts{Container: observed.Container{Name: "web", Image: "web@sha256:abc"}, User: "web", ReadOnly: true}
}

func TestASoundContainerHasNoFinding(t *testing.T) {
	f := sound()
	f.Env = []string{"PATH=/bin", "KEYSTONE_URL=http://x", "DB_PASSWORD="}
	f.Mounts = []observed.MountPoint{{Kind: "bind", Source: "/var/lib/config-data/web", Destination: "/etc/web"}}
	if found := Check(f, redact.NewRules(nil)); len(found) > 0 {
		t.Errorf("findings: %v", found)
	}
}

func TestEachWeaknessIsFoundWithItsKey(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*observed.Facts)
		want   []string // severity rule key
	}{
		"privileged":             {func(f *observed.Facts) { f.Privileged = true }, []string{"high privileged privileged"}},
		"the host's processes":   {func(f *observed.Facts) { f.HostNamespaces = []string{"pid"} }, []string{"high host-namespace pid"}},
		"the host's network":     {func(f *observed.Facts) { f.HostNamespaces = []string{"network"} }, []string{"low host-namespace net"}},
		"the host's users":       {func(f *observed.Facts) { f.HostNamespaces = []string{"user"} }, nil},
		"a strong capability":    {func(f *observed.Facts) { f.Capabilities = []string{"CAP_SYS_ADMIN"} }, []string{"high capability cap_add"}},
		"a capability":           {func(f *observed.Facts) { f.Capabilities = []string{"CAP_NET_ADMIN"} }, []string{"medium capability cap_add"}},
		"a secret in a variable": {func(f *observed.Facts) { f.Env = []string{"DB_PASSWORD=hunter22"} }, []string{"medium secret-in-environment secrets"}},
		"podman's socket": {func(f *observed.Facts) {
			f.Mounts = []observed.MountPoint{{Source: "/run/podman/podman.sock", Destination: "/x"}}
		}, []string{"high control-socket volumes"}},
		"the host's root":  {func(f *observed.Facts) { f.Mounts = []observed.MountPoint{{Source: "/", Destination: "/host"}} }, []string{"high host-root volumes"}},
		"root":             {func(f *observed.Facts) { f.User = "0:0" }, []string{"low root-user user"}},
		"the image's user": {func(f *observed.Facts) { f.User = "" }, []string{"low root-user user"}},
		"no seccomp":       {func(f *observed.Facts) { f.SecurityOpts = []string{"seccomp=unconfined"} }, []string{"medium unconfined security_opt"}},
		"a tag":            {func(f *observed.Facts) { f.Image = "registry:5000/web:1.2" }, []string{"low image-tag image"}},
		"no tag":           {func(f *observed.Facts) { f.Image = "registry:5000/web" }, []string{"medium moving-tag image"}},
		"latest":           {func(f *observed.Facts) { f.Image = "web:latest" }, []string{"medium moving-tag image"}},
		"a writable root":  {func(f *observed.Facts) { f.ReadOnly = false }, []string{"low writable-root read_only"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := sound()
			c.change(&f)
			var got []string
			for _, found := range Check(f, redact.NewRules(nil)) {
				key, _, _ := strings.Cut(found.Key, ":")
				got = append(got, strings.Join([]string{string(found.Severity), found.Rule, key}, " "))
				if strings.Contains(found.Text+found.Key, "hunter22") {
					t.Error("the finding holds the secret")
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAThresholdLeavesOutWhatIsLess(t *testing.T) {
	if !High.AtLeast(Medium) || Low.AtLeast(Medium) || Severity("odd").AtLeast(Low) || Low.AtLeast("none") {
		t.Error("severities are out of order")
	}
}
