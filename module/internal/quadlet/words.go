package quadlet

import (
	"slices"
	"strings"
)

// commandLine is a command line of podman run, taken apart.
type commandLine struct {
	global  []string // options of podman itself
	options []Option
	image   string
	command []string
}

// split takes the words of a command line apart, as podman's parser of flags does.
func split(words []string) commandLine {
	var c commandLine
	at := slices.Index(words, "run")
	c.global = words[1:max(at, 1)]
	words = words[at+1:]
	for len(words) > 0 && strings.HasPrefix(words[0], "-") && words[0] != "-" {
		word := words[0]
		words = words[1:]
		if word == "--" {
			break
		}
		flag, value, hasValue := named(word)
		switch {
		case hasValue:
		case Bool(flag):
			value = "true"
		case len(words) > 0:
			value, words = words[0], words[1:]
		}
		c.options = append(c.options, Option{Flag: flag, Value: value})
		if rest, isCluster := cluster(word); isCluster {
			words = append([]string{rest}, words...)
		}
	}
	if len(words) > 0 {
		c.image, c.command = words[0], words[1:]
	}
	return c
}

// named returns the long name of the flag that a word begins with, and the value in the same word.
func named(word string) (flag, value string, hasValue bool) {
	if long, ok := strings.CutPrefix(word, "--"); ok {
		return strings3(strings.Cut(long, "="))
	}
	flag = shortFlags()[word[1]]
	if flag == "" {
		return word[1:2], word[2:], len(word) > 2
	}
	if len(word) == 2 || Bool(flag) {
		return flag, "", false
	}
	return flag, strings.TrimPrefix(word[2:], "="), true
}

func strings3(a, b string, found bool) (string, string, bool) { return a, b, found }

// cluster returns what follows the first of several short flags in one word, as a word of its own.
func cluster(word string) (string, bool) {
	if strings.HasPrefix(word, "--") || len(word) < 3 || !Bool(shortFlags()[word[1]]) {
		return "", false
	}
	return "-" + word[2:], true
}

func shortFlags() map[byte]string {
	return map[byte]string{
		'a': "attach", 'c': "cpu-shares", 'd': "detach", 'e': "env", 'h': "hostname", 'i': "interactive", 'l': "label",
		'm': "memory", 'P': "publish-all", 'p': "publish", 'q': "quiet", 't': "tty", 'u': "user", 'v': "volume", 'w': "workdir",
	}
}

// Bool reports whether a flag of podman run takes no value of its own.
func Bool(flag string) bool {
	return slices.Contains([]string{
		"detach", "disable-content-trust", "env-host", "http-proxy", "init", "interactive", "no-healthcheck", "no-hostname", "no-hosts",
		"oom-kill-disable", "passwd", "privileged", "publish-all", "quiet", "read-only", "read-only-tmpfs", "replace", "rm",
		"rmi", "rootfs", "sig-proxy", "tls-verify", "tty", "unsetenv-all",
	}, flag)
}

// Repeated reports whether a flag of podman run may be given several times; the last value of any other one counts.
func Repeated(flag string) bool {
	return slices.Contains([]string{
		"add-host", "annotation", "blkio-weight-device", "cap-add", "cap-drop", "cgroup-conf", "chrootdirs", "device",
		"device-cgroup-rule", "device-read-bps", "device-read-iops", "device-write-bps", "device-write-iops", "dns", "dns-option",
		"dns-search", "env", "env-file", "env-merge", "expose", "gidmap", "gpus", "group-add", "hostuser", "label", "label-file",
		"log-opt", "mount", "network", "network-alias", "publish", "requires", "secret", "security-opt", "sysctl", "tmpfs",
		"uidmap", "ulimit", "unsetenv", "volume", "volumes-from",
	}, flag)
}
