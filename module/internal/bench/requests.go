package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"sync/atomic"
)

// requests counts what goes through a proxy in front of Podman's service.
type requests struct {
	url   string
	count atomic.Int64
}

// countRequests starts the proxy, which ends with the program.
func countRequests(dir, socket string) (*requests, error) {
	path := filepath.Join(dir, "counted.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	r := &requests{url: "unix://" + path}
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "podman"})
	forward.Transport = &http.Transport{
		MaxIdleConnsPerHost: 64,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}
	forward.FlushInterval = -1
	forward.ErrorLog = log.New(io.Discard, "", 0) // of clients that end
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.count.Add(1)
		forward.ServeHTTP(w, req)
	})}
	go func() { _ = server.Serve(listener) }()
	return r, nil
}
