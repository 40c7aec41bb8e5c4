package testbed

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// Stalling is the address of something in front of the registry that never completes the answer to a
// request for a layer. The channel hears of each such request that its client has given up.
func (r *Registry) Stalling(tb testing.TB) (addr string, givenUp <-chan struct{}) {
	tb.Helper()
	gone := make(chan struct{}, 64)
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: r.Addr})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/blobs/") {
			forward.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Length", "1000000")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		gone <- struct{}{}
	}))
	tb.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), gone
}

// Dripping is the address of something in front of the registry that answers a request for a layer a little at a time,
// until release is called.
func (r *Registry) Dripping(tb testing.TB) (addr string, release func()) {
	tb.Helper()
	released := make(chan struct{})
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: r.Addr})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
			w = &dripping{ResponseWriter: w, released: released}
		}
		forward.ServeHTTP(w, r)
	}))
	tb.Cleanup(server.Close)
	release = sync.OnceFunc(func() { close(released) })
	tb.Cleanup(release) // before the server is closed, which waits for its answers
	return strings.TrimPrefix(server.URL, "http://"), release
}

// dripping writes a few bytes at a time, so that a layer of a megabyte takes many times as long as any test.
type dripping struct {
	http.ResponseWriter
	released <-chan struct{}
}

// Unwrap is for http.ResponseController.
func (d *dripping) Unwrap() http.ResponseWriter { return d.ResponseWriter }

// Write writes all of p, slowly.
func (d *dripping) Write(p []byte) (n int, err error) {
	const drop, pause = 256, 50 * time.Millisecond
	for n < len(p) && err == nil {
		end := min(len(p), n+drop)
		select {
		case <-d.released:
			end = len(p)
		case <-time.After(pause):
		}
		var written int
		written, err = d.ResponseWriter.Write(p[n:end])
		n += written
		_ = http.NewResponseController(d.ResponseWriter).Flush()
	}
	return n, err
}
