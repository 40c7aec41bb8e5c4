package testbed

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"runtime"
	"testing"
)

// LoadImage loads an image without content whose config has these entries of Env, whatever they are: build
// tools refuse some that registries serve.
func (p *Podman) LoadImage(tb testing.TB, ref string, env ...string) {
	tb.Helper()
	layer := make([]byte, 1024) // an empty tar
	sum := sha256.Sum256(layer)
	config := encode(tb, map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "config": map[string]any{"Env": env, "Cmd": []string{"true"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + hex.EncodeToString(sum[:])}},
	})
	manifest := encode(tb, []map[string]any{{"Config": "config.json", "RepoTags": []string{ref}, "Layers": []string{"layer.tar"}}})
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, f := range []struct {
		name    string
		content []byte
	}{{"config.json", config}, {"layer.tar", layer}, {"manifest.json", manifest}} {
		if err := addFile(w, f.name, f.content, 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	cmd := p.Command(context.Background(), "load", "--quiet")
	cmd.Stdin = &archive
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("podman load: %v: %s", err, out)
	}
	tb.Cleanup(func() { p.Output(tb, "rmi", "--force", ref) })
}

func encode(tb testing.TB, v any) []byte {
	tb.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}
