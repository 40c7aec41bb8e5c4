package config

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"gopkg.in/yaml.v3"
)

// quadletCorpus writes the units of the corpus into a directory.
func quadletCorpus(t *testing.T) string {
	t.Helper()
	archive, err := txtar.ParseFile("../quadlet/testdata/corpus.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		writeQuadlet(t, dir, f.Name, string(f.Data))
	}
	return dir
}

func writeQuadlet(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// golden compares with a file of testdata, which -update writes.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *updateDocs {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestEveryUnitOfTheCorpusBecomesTheEntryOfItsPodmanRunWords(t *testing.T) {
	dir := quadletCorpus(t)
	step, err := loadBothWays(t, Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	if len(step.Entries) < 30 {
		t.Fatalf("%d entries", len(step.Entries))
	}
	r := read(Options{Path: dir})
	all := map[string]any{}
	for _, w := range r.entries {
		all[w.name] = w.keys
	}
	kinds := map[string]string{}
	for _, e := range step.Entries {
		kinds[e.Name] = string(e.Kind)
	}
	text, err := yaml.Marshal(map[string]any{"entries": all, "kinds": kinds, "warnings": step.Warnings})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/quadlet.yaml", strings.ReplaceAll(string(text), dir, "$DIR"))
}

func TestWhatAUnitOfQuadletSaysThatAStepCannotDoIsNamedAllAtOnce(t *testing.T) {
	const image = "[Container]\nImage=x\n"
	always := "[Service]\nRestart=always\n"
	tests := map[string]struct {
		files map[string]string
		want  []string
	}{
		"unknown keys and sections, of several files": {map[string]string{
			"a.container": "[Container]\nImage=x\nVolumes=/a:/a\nEnvironmnt=A=1\n[Servic]\nRestart=always\n",
			"b.container": image + "[Service]\nRestart=always\nRestrtSec=3\n[Unit]\nOnFailure=x.service\n[Install]\nAlias=y.service\n",
		}, []string{
			"a.container:3)", "unknown key Volumes= in [Container]", "unknown key Environmnt= in [Container]", "unknown section [Servic]: did you mean Service?",
			"unknown key RestrtSec= in [Service]", "unknown key OnFailure= in [Unit]", "unknown key Alias= in [Install]",
		}},
		"a specifier":            {map[string]string{"a.container": image + "Volume=%h/x:/x\n" + always}, []string{"the specifier %h is only known to systemd"}},
		"a specifier in a name":  {map[string]string{"a.container": image + "ContainerName=%i\n" + always}, []string{"the specifier %i is only known to systemd"}},
		"a variable of the unit": {map[string]string{"a.container": image + "Exec=run ${PORT} $MODE\n" + always}, []string{"systemd would replace ${PORT}", "systemd would replace $MODE"}},
		"a template":             {map[string]string{"a@.container": image}, []string{"template units (@) are not supported"}},
		"an instance":            {map[string]string{"a@b.container": image}, []string{"template units (@) are not supported"}},
		"a cycle": {map[string]string{
			"a.container": "[Unit]\nRequires=b.container\n" + image + always,
			"b.container": "[Unit]\nRequires=c.container\n" + image + always,
			"c.container": "[Unit]\nRequires=a.container\n" + image + always,
		}, []string{"depends on itself: systemd-a after systemd-b after systemd-c after systemd-a"}},
		"a dependency that does not exist":         {map[string]string{"a.container": "[Unit]\nAfter=b.container\n" + image + always}, []string{"After=b.container: no such file belongs"}},
		"a volume that does not exist":             {map[string]string{"a.container": image + "Volume=b.volume:/b\n" + always}, []string{"b.volume was not found"}},
		"a pod":                                    {map[string]string{"a.container": image + "Pod=p.pod\n" + always, "p.pod": "[Pod]\n"}, []string{"pods of Quadlet are not supported"}},
		"kube and build beside containers":         {map[string]string{"a.container": image + always, "k.kube": "[Kube]\nYaml=k.yml\n", "b.build": "[Build]\n"}, []string{"Kubernetes YAML is not supported", "a step builds no images"}},
		"options that an entry cannot set":         {map[string]string{"a.container": image + "Retry=3\nPodmanArgs=--restart=always --blah=1\n" + always}, []string{"--retry cannot be set", "--restart contradicts --rm", "--blah is an option without a key"}},
		"options of podman itself":                 {map[string]string{"a.container": image + "GlobalArgs=--log-level=debug\n" + always}, []string{"--log-level=debug of podman itself"}},
		"limits of the unit":                       {map[string]string{"a.container": image + always + "MemoryMax=1G\nUser=x\n"}, []string{"MemoryMax= in [Service] limits", "unknown key User= in [Service]"}},
		"a policy that cannot be mapped":           {map[string]string{"a.container": image + "[Service]\nRestart=on-abnormal\n"}, []string{"Restart=on-abnormal cannot be mapped"}},
		"keys of a unit without a unit":            {map[string]string{"a.container": image + "[Service]\nType=oneshot\nExecStartPre=/bin/true\n"}, []string{"ExecStartPre= in [Service] has no unit"}},
		"no image":                                 {map[string]string{"a.container": "[Container]\nExec=x\n" + always}, []string{"no Image or Rootfs key"}},
		"no container":                             {map[string]string{"a.container": "[Unit]\nDescription=x\n"}, []string{"has no section [Container]"}},
		"no syntax":                                {map[string]string{"a.container": "Image\n"}, []string{"cannot be read"}},
		"one name twice":                           {map[string]string{"a.container": image + "ContainerName=x\n" + always, "x.json": `{"image": "x"}`}, []string{"is defined twice"}},
		"values that podman's options do not take": {map[string]string{"a.container": image + "Notify=healthy\nVolume=/a:/x\nVolume=/b:/x\n" + always}, []string{"have the same destination"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, file := range slices.Sorted(maps.Keys(test.files)) {
				writeQuadlet(t, dir, file, test.files[file])
			}
			_, err := loadBothWays(t, Options{Path: dir})
			if err == nil {
				t.Fatal("is accepted")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in:\n%v", want, err)
				}
			}
		})
	}
}

func TestOneUnitAndItsDropInsAreReadAlone(t *testing.T) {
	dir := t.TempDir()
	writeQuadlet(t, dir, "web.container", "[Container]\nImage=a\nVolume=data.volume:/data\n[Service]\nRestart=always\n")
	writeQuadlet(t, dir, "other.container", "[Container]\nImage=b\n")
	writeQuadlet(t, dir, "data.volume", "[Volume]\nVolumeName=content\n")
	writeQuadlet(t, dir, "web.container.d/10-image.conf", "[Container]\nImage=c\nEnvironment=A=1\n")
	step, err := Load(Options{Path: filepath.Join(dir, "web.container")})
	if err != nil {
		t.Fatal(err)
	}
	if len(step.Entries) != 1 || step.Entries[0].Name != "systemd-web" || step.Entries[0].Image != "c" {
		t.Fatalf("%+v", step.Entries)
	}
	if diff := cmp.Diff([]string{"content:/data"}, step.Entries[0].Option("volume")); diff != "" {
		t.Error(diff)
	}
}

func TestKeysOfAStepInAUnitWinOverWhatItSays(t *testing.T) {
	dir := t.TempDir()
	writeQuadlet(t, dir, "job.container", "[Container]\nImage=a\n[Service]\nType=oneshot\n[X-Paunch]\nKeys={\"remove\": false, \"start_order\": 3, \"exit_codes\": [0, 2], \"timeout\": null}\n")
	step, err := loadBothWays(t, Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	e := step.Entries[0]
	if e.Remove || e.StartOrder != 3 || !slices.Equal(e.ExitCodes, []int{0, 2}) || e.Kind != OneShot {
		t.Errorf("%+v", e)
	}
}

func TestVolumesAndNetworksOfQuadletAreThoseOfTheStep(t *testing.T) {
	dir := t.TempDir()
	writeQuadlet(t, dir, "web.container", "[Container]\nImage=a\nVolume=data.volume:/data\nVolume=plain.volume:/plain\nNetwork=back.network\nNetwork=bare.network\n[Service]\nRestart=always\n")
	writeQuadlet(t, dir, "data.volume", "[Volume]\nVolumeName=content\nDriver=local\nType=tmpfs\nDevice=tmpfs\nOptions=size=1m\nLabel=tier=db\nLabel=at=100%%\n")
	writeQuadlet(t, dir, "plain.volume", "[Volume]\n")
	writeQuadlet(t, dir, "bare.network", "[Network]\n")
	writeQuadlet(t, dir, "back.network", "[Network]\nSubnet=10.89.5.0/24\nGateway=10.89.5.1\nIPRange=10.89.5.128/25\nSubnet=fd00::/64\nInternal=true\nIPv6=true\nDisableDNS=true\nDriver=bridge\nOptions=mtu=1400\nLabel=a=b\n")
	step, err := loadBothWays(t, Options{Path: dir})
	if err != nil || len(step.Warnings) > 0 {
		t.Fatal(err, step.Warnings)
	}
	got := map[string]Resource{}
	for _, r := range step.Resources {
		r.File = strings.TrimPrefix(r.File, dir+"/")
		got[r.Name] = r
	}
	users := []string{"systemd-web"}
	want := map[string]Resource{
		"content": {
			Kind: Volume, Name: "content", File: "data.volume", Declared: true, Driver: "local", Users: users,
			Options: map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}, Labels: map[string]string{"tier": "db", "at": "100%"},
		},
		"systemd-plain": {Kind: Volume, Name: "systemd-plain", Users: users},
		"systemd-bare":  {Kind: Network, Name: "systemd-bare", File: "bare.network", Declared: true, Users: users},
		"systemd-back": {
			Kind: Network, Name: "systemd-back", File: "back.network", Declared: true, Driver: "bridge", Users: users, Internal: true, IPv6: true, DisableDNS: true,
			Subnets: []Subnet{{Subnet: "10.89.5.0/24", Gateway: "10.89.5.1", Range: "10.89.5.128/25"}, {Subnet: "fd00::/64"}},
			Options: map[string]string{"mtu": "1400"}, Labels: map[string]string{"a": "b"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnOptionOfANetworkWithoutAKeyIsWarnedAboutWithTheCommand(t *testing.T) {
	dir := t.TempDir()
	writeQuadlet(t, dir, "web.container", "[Container]\nImage=a\nNetwork=back.network\n[Service]\nRestart=always\n")
	writeQuadlet(t, dir, "back.network", "[Network]\nSubnet=10.89.5.0/24\nDNS=10.0.0.1\n")
	step, err := loadBothWays(t, Options{Path: dir})
	if err != nil || len(step.Resources) > 0 || len(step.Warnings) != 1 || !strings.Contains(step.Warnings[0], "podman network create") {
		t.Errorf("%v %+v", err, step)
	}
	writeQuadlet(t, dir, "back.network", "[Network]\nSubnet=%h\nLabel=config_id=x\n")
	if _, err := loadBothWays(t, Options{Path: dir}); err == nil || !strings.Contains(err.Error(), "the specifier %h is only known to systemd") {
		t.Error(err)
	}
}
