package record

import (
	"slices"
	"strings"
)

// orderedBefore are the keys in which format 1 records the order of the values. It sorts all others.
var orderedBefore = map[string]bool{KeyCommand: true, "entrypoint": true, "network": true, "dns": true, "dns-search": true, "health-cmd": true}

// orderedNow are the further keys in which a later value can win over, or build on, an earlier one.
var orderedNow = map[string]bool{"env-file": true, "env-merge": true, "label-file": true, "volumes-from": true}

// inOrder reports whether the order of a key's values means something; else they are compared as a set.
func inOrder(key string) bool { return orderedBefore[key] || orderedNow[key] }

// subjects are what separates the subject of a value from the rest. The order of values of one subject means
// something: the last limit of a kind wins, the first address of a name is taken.
var subjects = map[string]string{
	"add-host": ":", "dns-option": ":", "security-opt": "=:", "ulimit": "=", "env": "=",
	"blkio-weight-device": ":", "device-read-bps": ":", "device-read-iops": ":", "device-write-bps": ":", "device-write-iops": ":",
}

// subject is what the value of a key is about: the whole value where nothing else is known.
func subject(key, value string) string {
	if key == "device" {
		return devicePath(value)
	}
	if at := strings.IndexAny(value, subjects[key]); at >= 0 {
		return value[:at]
	}
	return value
}

// devicePath is where a device stands in the container.
func devicePath(v string) string {
	host, rest, _ := strings.Cut(v, ":")
	if path, _, _ := strings.Cut(rest, ":"); strings.HasPrefix(path, "/") {
		return path
	}
	return host
}

// sortSets brings values whose order means nothing into one order.
func (r Record) sortSets() {
	for key, values := range r {
		if !inOrder(key) {
			sortSet(key, values)
		}
	}
}

func sortSet(key string, values []string) {
	slices.SortStableFunc(values, func(a, b string) int { return strings.Compare(subject(key, a), subject(key, b)) })
}
