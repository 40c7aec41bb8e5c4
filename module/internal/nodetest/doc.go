// Package nodetest holds the tests that need a machine of their own, with systemd as its init and Podman's
// own storage: services as units, drift, adoption and reboots. They are run in a node by scripts/node.sh.
package nodetest
