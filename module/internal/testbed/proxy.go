package testbed

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// Proxy stands between a client and a Podman socket, and counts and breaks requests.
type Proxy struct {
	URL string

	mu       sync.Mutex
	requests []string
	conns    int
	fault    func(*http.Request) bool

	inject       func(n int) Fault
	late, outage time.Duration
	outageEnd    time.Time
}

// NewProxy starts a proxy in front of a socket.
func NewProxy(tb testing.TB, socket string) *Proxy {
	tb.Helper()
	p := &Proxy{}
	dir, err := os.MkdirTemp("", "paunch-proxy-") // tb.TempDir is too long for a socket
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		tb.Fatal(err)
	}
	p.URL = "unix://" + path
	transport := &http.Transport{
		MaxIdleConnsPerHost: 64,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "podman"})
	forward.Transport = transport
	forward.FlushInterval = -1
	forward.ErrorLog = log.New(io.Discard, "", 0) // of clients that give up, which is what they are to do
	server := &http.Server{
		Handler:   p.handler(forward),
		ConnState: func(_ net.Conn, s http.ConnState) { p.countConn(s) },
	}
	go func() { _ = server.Serve(listener) }()
	tb.Cleanup(func() {
		_ = server.Close()
		transport.CloseIdleConnections()
	})
	return p
}

func (p *Proxy) handler(forward http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.serve(w, r, p.faultOf(r), forward)
	})
}

func (p *Proxy) countConn(s http.ConnState) {
	if s == http.StateNew {
		p.mu.Lock()
		p.conns++
		p.mu.Unlock()
	}
}

// Requests are the requests so far: "GET /v5.8.6/libpod/containers/json?all=true".
func (p *Proxy) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// Connections is how many connections were opened so far.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conns
}

// Forget starts counting again.
func (p *Proxy) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests, p.conns = nil, 0
}

// Fault breaks the connection of each request for which f, called at the request's begin, is true. nil
// ends that.
func (p *Proxy) Fault(f func(*http.Request) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}
