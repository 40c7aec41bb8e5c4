//go:build realpodman

package podman

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/containers/podman/v5/pkg/systemd/parser"
	"github.com/containers/podman/v5/pkg/systemd/quadlet"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
)

// TestEveryUnitOfTheCorpusMakesTheContainerThatQuadletMakes creates each container of the corpus twice: by the words
// that Quadlet would run, and by us.
func TestEveryUnitOfTheCorpusMakesTheContainerThatQuadletMakes(t *testing.T) {
	dir := t.TempDir()
	archive, err := txtar.ParseFile("../quadlet/testdata/corpus.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := newOracle(t)
	if err := os.MkdirAll("/run/netns", 0o755); err != nil { // as ip-netns makes it; a unit mounts it
		t.Fatal(err)
	}
	createNetwork(t)
	bed.Output(t, "volume", "create", "systemd-galera")
	for _, secret := range []string{"galera-root", "keystone-db"} {
		bed.Output(t, "secret", "create", secret, filepath.Join(dir, "data/ovn.env"))
	}
	bed.Output(t, "create", "--name", "frr", "localhost/busybox:latest", "true")
	step, err := config.Load(config.Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	words := quadletWords(t, dir)
	for _, e := range step.Entries {
		t.Run(e.Name, func(t *testing.T) {
			var byCLI, overAPI createdContainer
			out, err := bed.Command(t.Context(), createWords(words[e.File], "q-"+e.Name)...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			byCLI = o.made(t, "q-"+e.Name, nil)
			_, err = o.client.Create(t.Context(), apply.CreateRequest{Entry: e, Name: "p-" + e.Name, NoRestartPolicy: true})
			if overAPI = o.made(t, "p-"+e.Name, err); overAPI.err != nil {
				t.Fatal(overAPI.err)
			}
			for _, c := range []createdContainer{byCLI, overAPI} {
				for _, path := range waysOfQuadlet() {
					delete(c.info, path)
				}
			}
			if diff := differences(byCLI, overAPI); diff != "" {
				t.Errorf("podman %s:\n%s", strings.Join(words[e.File], " "), diff)
			}
		})
	}
}

// testNetwork is the network of the corpus. Podman keeps networks beside the storage: it is removed again.
const testNetwork = "paunch-quadlet"

func createNetwork(t *testing.T) {
	t.Helper()
	remove := func() { _ = bed.Command(context.Background(), "network", "rm", "--force", testNetwork).Run() }
	remove() // of a test that was killed
	bed.Output(t, "network", "create", "--subnet", "10.99.77.0/24", testNetwork)
	t.Cleanup(remove)
}

// waysOfQuadlet are what inspect shows of --rm, --sdnotify and --cgroups=split: how Quadlet runs a container.
func waysOfQuadlet() []string {
	return []string{
		"/HostConfig/AutoRemove", "/HostConfig/Cgroups", "/Config/sdNotifyMode", "/HostConfig/CgroupParent", "/HostConfig/CgroupManager",
		"/HostConfig/Annotations/io.podman.annotations.autoremove", "/Config/Annotations/io.podman.annotations.autoremove",
	}
}

// quadletWords are the words that Quadlet's units would run, by the path of the file.
func quadletWords(t *testing.T, dir string) map[string][]string {
	t.Helper()
	units := map[string]*parser.UnitFile{}
	infos := map[string]*quadlet.UnitInfo{
		"galera.volume":   {ServiceName: "galera-volume", ResourceName: "systemd-galera"},
		"private.network": {ServiceName: "private-network", ResourceName: testNetwork},
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.container"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		u, err := parser.ParseUnitFile(path)
		if err != nil {
			t.Fatal(err)
		}
		units[path] = u
		infos[u.Filename] = &quadlet.UnitInfo{ServiceName: quadlet.GetContainerServiceName(u), ResourceName: quadlet.GetContainerResourceName(u)}
	}
	words := map[string][]string{}
	for path, u := range units {
		service, _, err := quadlet.ConvertContainer(u, infos, false)
		if err != nil {
			t.Fatal(err)
		}
		words[path], _, _ = service.LookupLastArgs("Service", "ExecStart")
	}
	return words
}

// createWords have the container created and not started, by Podmans without sdnotify=healthy, too, and without the labels that identify other managers.
func createWords(run []string, name string) []string {
	words := slices.Clone(run[1:])
	words[0] = "create"
	words[slices.Index(words, "--name")+1] = name
	words = slices.DeleteFunc(words, func(w string) bool { return w == "-d" || strings.HasPrefix(w, "--sdnotify=") })
	if at := slices.Index(words, "managed_by=edpm_ansible"); at > 0 {
		words = slices.Delete(words, at-1, at+1)
	}
	for i, w := range words { // as systemd does
		words[i] = strings.NewReplacer("%%", "%", "$$", "$").Replace(w)
	}
	return words
}
