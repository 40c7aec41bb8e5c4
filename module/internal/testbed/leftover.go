package testbed

import (
	"path/filepath"
	"testing"

	"go.podman.io/storage"
)

// LeaveStorage makes what a Podman that is killed in the middle of a create leaves behind, a container
// that only the storage knows, and returns its id.
func (p *Podman) LeaveStorage(tb testing.TB, name string) string {
	tb.Helper()
	store, err := storage.GetStore(storage.StoreOptions{
		RunRoot: p.RunRoot(), GraphRoot: filepath.Join(p.Dir, "root"),
		GraphDriverName: p.Output(tb, "info", "--format", "{{.Store.GraphDriverName}}"),
	})
	if err != nil {
		tb.Fatalf("open the storage: %v", err)
	}
	image, err := store.Lookup(Image)
	if err != nil {
		tb.Fatalf("look for %s in the storage: %v", Image, err)
	}
	c, err := store.CreateContainer("", []string{name}, image, "", "{}", nil)
	if err != nil {
		tb.Fatalf("create %s in the storage: %v", name, err)
	}
	tb.Cleanup(func() {
		if store.Exists(c.ID) {
			if err := store.DeleteContainer(c.ID); err != nil {
				tb.Errorf("remove %s from the storage: %v", name, err)
			}
		}
		store.Free()
	})
	return c.ID
}
