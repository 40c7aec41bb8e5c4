package podman

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/blang/semver/v4"
	"github.com/containers/podman/v5/pkg/bindings"
)

// contactTimeout is how long a service may take to answer the first request.
const contactTimeout = 10 * time.Second

// minVersion is the oldest Podman that this package was tried with.
var minVersion = semver.MustParse("4.3.0")

// Options say how to reach Podman.
type Options struct {
	// URL is the service's address (unix:///path, a plain path, tcp://host:port, ssh://user@host/path).
	// Empty means $CONTAINER_HOST, else the default socket of the system or user, else a private
	// service for the life of the Client.
	URL string
	// ContactTimeout is how long a service may take to answer the first request; 0 means 10 seconds.
	ContactTimeout time.Duration
	// CallTimeout is how long a call may take that depends on nothing but Podman; 0 means 2 minutes.
	CallTimeout time.Duration
}

// Connect reaches a Podman service, or spawns one that lives as long as the Client. A service that was
// named (by opts.URL or $CONTAINER_HOST) and does not answer is an error; a default socket that nobody
// listens on is passed over. The Client must be closed.
func Connect(ctx context.Context, opts Options) (*Client, error) {
	if opts.ContactTimeout == 0 {
		opts.ContactTimeout = contactTimeout
	}
	l, err := reach(ctx, opts)
	if err != nil {
		return nil, err
	}
	return newClient(l, opts), nil
}

// reach finds the service that Connect promises.
func reach(ctx context.Context, opts Options) (*link, error) {
	if opts.URL != "" {
		return connectNamed(ctx, opts.URL, "podman_url", opts.ContactTimeout)
	}
	if host := os.Getenv("CONTAINER_HOST"); host != "" {
		return connectNamed(ctx, host, "$CONTAINER_HOST", opts.ContactTimeout)
	}
	for _, path := range defaultSockets() {
		if probe(ctx, "unix", path, opts.ContactTimeout) == nil {
			return contact(ctx, "unix://"+path, nil, opts.ContactTimeout)
		}
	}
	return connectPrivate(ctx, opts.ContactTimeout)
}

// connectNamed reaches the service that the user named; source says where the name came from.
func connectNamed(ctx context.Context, address, source string, timeout time.Duration) (*link, error) {
	u, err := parseAddress(address)
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", source, address, err)
	}
	if err := probeURL(ctx, u, timeout); err != nil {
		return nil, fmt.Errorf("%s %s: %w", source, address, err)
	}
	l, err := contact(ctx, u.String(), nil, timeout)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	return l, nil
}

// connectPrivate spawns a service for this run.
func connectPrivate(ctx context.Context, timeout time.Duration) (*link, error) {
	svc, err := startService(ctx)
	if err != nil {
		return nil, err
	}
	l, err := contact(ctx, "unix://"+svc.socket, svc, timeout)
	if err != nil {
		return nil, errors.Join(err, svc.stop())
	}
	return l, nil
}

// parseAddress reads a service's address. A plain absolute path means a unix socket, as users of
// other tools write it.
func parseAddress(address string) (*url.URL, error) {
	if filepath.IsAbs(address) {
		return &url.URL{Scheme: "unix", Path: address}, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("is not a valid url; write unix:///run/podman/podman.sock, tcp://host:port or ssh://user@host/path")
	}
	switch u.Scheme {
	case "unix":
		u.Path = filepath.Join("/", u.Host, u.Path) // unix://run/x.sock is a common mistake
		u.Host = ""
		return u, nil
	case "tcp", "ssh":
		return u, nil
	}
	return nil, fmt.Errorf("scheme %q is not known; write unix:///run/podman/podman.sock, tcp://host:port or ssh://user@host/path", u.Scheme)
}

// defaultSockets are the places where a distribution's podman.socket listens.
func defaultSockets() []string {
	if os.Geteuid() == 0 {
		return []string{"/run/podman/podman.sock"}
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = fmt.Sprintf("/run/user/%d", os.Geteuid())
	}
	return []string{filepath.Join(dir, "podman", "podman.sock")}
}

// probeURL looks whether anybody listens, because the bindings try a dead address three times and
// report it without saying what to do. Behind ssh, and behind a proxy, only they can look.
func probeURL(ctx context.Context, u *url.URL, timeout time.Duration) error {
	var err error
	switch {
	case u.Scheme == "unix":
		err = probe(ctx, "unix", u.Path, timeout)
	case u.Scheme == "tcp" && os.Getenv("CONTAINER_PROXY") == "":
		err = probe(ctx, "tcp", u.Host, timeout)
	}
	return explainDial(err)
}

func probe(ctx context.Context, network, address string, timeout time.Duration) error {
	conn, err := (&net.Dialer{Timeout: timeout}).DialContext(ctx, network, address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// explainDial says what a failed dial means and what to do about it.
func explainDial(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("there is no such socket; start it (systemctl start podman.socket) or leave the setting out to use a private service: %w", err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("nobody listens there; start it (systemctl restart podman.socket) or leave the setting out to use a private service: %w", err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("this user may not use it; run as its owner (root for the system's) or leave the setting out: %w", err)
	}
	return fmt.Errorf("cannot reach it: %w", err)
}

// contact makes the first request to a service that is listening. svc is nil unless it is ours.
func contact(ctx context.Context, address string, svc *service, timeout time.Duration) (*link, error) {
	// The bindings' connection lives in a context, which must outlive ctx and carry no deadline.
	connCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	type answer struct {
		ctx context.Context
		err error
	}
	done := make(chan answer, 1)
	go func() {
		c, err := bindings.NewConnection(connCtx, address)
		done <- answer{c, err}
	}()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case a := <-done:
		if a.err != nil {
			cancel()
			return nil, contactError(address, svc, a.err)
		}
		return newLink(a.ctx, cancel, address, svc)
	case <-timer.C:
		cancel()
		return nil, fmt.Errorf("podman at %s accepts connections but does not answer within %s; is it hanging? (systemctl restart podman.service)", address, timeout)
	case <-ctx.Done():
		cancel()
		return nil, fmt.Errorf("connect to podman at %s: %w", address, context.Cause(ctx))
	}
}

// contactError says what went wrong with the first request.
func contactError(address string, svc *service, err error) error {
	if ended := svc.endedError(); ended != nil {
		return ended
	}
	if strings.Contains(err.Error(), "server API version is too old") {
		return fmt.Errorf("podman at %s is too old: %d.%d or newer is needed: %w", address, minVersion.Major, minVersion.Minor, err)
	}
	return fmt.Errorf("podman at %s does not answer as Podman does: %w", address, err)
}

// newClient returns a Client that begins with a link.
func newClient(l *link, opts Options) *Client {
	return &Client{
		current: l, made: map[string]bool{},
		local:          strings.HasPrefix(l.address, "unix://"),
		seesProcesses:  l.service != nil || samePIDs(strings.TrimPrefix(l.address, "unix://")),
		quick:          cmp.Or(opts.CallTimeout, defaultQuick),
		outage:         Outage,
		contactTimeout: opts.ContactTimeout,
	}
}

// newLink wraps a connection that has answered.
func newLink(connCtx context.Context, cancel context.CancelFunc, address string, svc *service) (*link, error) {
	conn, err := bindings.GetClient(connCtx)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("podman at %s: %w", address, err)
	}
	version := bindings.ServiceVersion(connCtx)
	if version.LT(minVersion) {
		cancel()
		return nil, fmt.Errorf("podman at %s is too old: it is %s, %d.%d or newer is needed", address, version, minVersion.Major, minVersion.Minor)
	}
	base, ok := conn.Client.Transport.(*http.Transport)
	if !ok {
		cancel()
		return nil, fmt.Errorf("podman at %s: unexpected transport %T", address, conn.Client.Transport)
	}
	pooled := base.Clone()
	base.CloseIdleConnections()
	pooled.MaxIdleConnsPerHost = idleConnections
	conn.Client = &http.Client{Transport: oneTry{pooled}}
	return &link{conn: connCtx, cancel: cancel, pool: pooled, service: svc, address: address, version: *version}, nil
}
