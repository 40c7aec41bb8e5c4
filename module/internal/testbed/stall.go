package testbed

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
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
