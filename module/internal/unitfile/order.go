package unitfile

import "strings"

// Target is where ordered containers stand between what they need and what needs them (systemd_order).
const Target = "paunch-containers.target"

// targetText orders the target after what containers stand on, so that at a shutdown, where the order is
// turned round, it goes before them; the containers' units go before it. Pacemaker is among them, as in the older roles:
// containers that it does not manage stop before it does. A host without it ignores the name.
const targetText = `# Written by paunch (systemd_order).
[Unit]
Description=Containers have what they stand on
Wants=network-online.target
After=network-online.target dbus.service remote-fs.target pacemaker.service

[Install]
WantedBy=multi-user.target
`

// scopeText keeps a container's processes, which systemd knows as a scope of their own, until the units
// have stopped the containers: systemd would end them all at once otherwise.
const scopeText = `# Written by paunch (systemd_order).
[Unit]
Before=` + Target + `
`

// OrderFiles returns the files of systemd_order by their path below the directory of units.
func OrderFiles() map[string]string {
	return map[string]string{
		Target:                                  targetText,
		"libpod-.scope.d/50-paunch.conf":        scopeText,
		"libpod-conmon-.scope.d/50-paunch.conf": scopeText,
	}
}

// IsEarlierOrderFile reports whether a file of systemd_order is as earlier versions wrote it. It is kept: a new version
// alone is no reason to change a host.
func IsEarlierOrderFile(path, text string) bool {
	return path == Target && text == strings.Replace(targetText, " pacemaker.service", "", 1)
}
