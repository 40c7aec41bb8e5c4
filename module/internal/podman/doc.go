// Package podman reaches a Podman service and does what the executor asks of it: it finds or spawns
// the service (Connect), takes one look at the host (Observe), and implements apply.Runtime over
// Podman's own bindings.
//
// It smooths over what differs between Podman 4.3 and 5.x and what passes by itself (a container that
// ends while it is being removed, a socket-activated service that restarts), and classifies errors by
// the sentinels of package apply. It decides nothing about containers, and knows no config: package
// spec turns an entry into a create request.
package podman
