package cli

import (
	"slices"
	"strings"
)

// podmansOwn are the beginnings of the names of variables that podman or its libraries act upon themselves.
var podmansOwn = []string{
	"PATH", "HOME", "USER", "TMPDIR", "TERM", "SHELL", "LD_", "GO", "CONTAINER", "PODMAN", "XDG_", "DBUS_", "NOTIFY_", "LISTEN_", "STORAGE_",
	"REGISTRY_", "BUILDAH_", "SSL_", "SSH_", "HTTP", "NO_PROXY", "http", "no_proxy", "_", "LC_", "LANG", "TZ", "NETAVARK", "DOCKER", "CRUN", "RUNC",
}

// hideEnv takes the values of variables out of a podman command: every user of the host can read the arguments of a
// process. They are returned for podman's environment, from which --env NAME takes them. What podman would act upon
// itself, or has in its environment, stays where it is.
func hideEnv(words, environ []string) (shown, env []string) {
	end := optionsEnd(words)
	for i, w := range words[:end] {
		flag, pair, joined := strings.Cut(w, "=")
		if !joined || flag != "--env" {
			flag, pair = "", w
			if i > 0 && words[i-1] == "--env" {
				flag = "separate"
			}
		}
		name, _, hasValue := strings.Cut(pair, "=")
		if flag == "" || !hasValue || strings.Contains(pair, "\x00") || isPodmansOwn(name, environ) {
			shown = append(shown, w)
			continue
		}
		env = append(env, pair)
		shown = append(shown, strings.TrimSuffix(w, pair)+name)
	}
	return append(shown, words[end:]...), env
}

// optionsEnd returns where the options of podman run or exec end: what follows is the image or container, and its own
// command.
func optionsEnd(words []string) int {
	at := slices.IndexFunc(words, func(w string) bool { return w == "run" || w == "exec" })
	if at < 0 {
		return 0
	}
	for i := at + 1; i < len(words); i++ {
		if !strings.HasPrefix(words[i], "-") && words[i-1] != "--env" {
			return i
		}
	}
	return len(words)
}

func isPodmansOwn(name string, environ []string) bool {
	has := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	return name == "" || slices.ContainsFunc(podmansOwn, has) ||
		slices.ContainsFunc(environ, func(kv string) bool { return strings.HasPrefix(kv, name+"=") })
}
