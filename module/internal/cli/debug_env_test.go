package cli

import (
	"slices"
	"testing"
)

func TestSecretsOfADebuggedContainerAreNoArguments(t *testing.T) {
	words, env := hideEnv([]string{
		"podman", "--url", "unix:///x", "run", "--env=DB_PASSWORD=a=b c", "--env=HOME=/x", "--env=INHERITED", "--env", "TOKEN=t", "--env=HERE=new", "--label=env=1", "image", "--env=X=y",
	}, []string{"HERE=old"})
	want := []string{"podman", "--url", "unix:///x", "run", "--env=DB_PASSWORD", "--env=HOME=/x", "--env=INHERITED", "--env", "TOKEN", "--env=HERE=new", "--label=env=1", "image", "--env=X=y"}
	if !slices.Equal(words, want) || !slices.Equal(env, []string{"DB_PASSWORD=a=b c", "TOKEN=t"}) {
		t.Errorf("words %q, environment %q", words, env)
	}
}
