package podman

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// idleConnections is how many connections are kept for later calls. Go's default of 2 for a host would
// close and reopen sockets all the time when a wave runs in parallel.
const idleConnections = 64

// statusNoAnswer marks the stand-in response of oneTry; no service sends it.
const statusNoAnswer = 599

// oneTry makes the bindings try each request once. They repeat whatever fails on the wire three times,
// 0.6 seconds in all: also a request that was cancelled, and a POST that may have had its effect. So
// such a failure is passed through them as a response whose body cannot be read; their "unable to
// process API response" then wraps the cause.
type oneTry struct{ base http.RoundTripper }

func (t oneTry) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(r)
	if err == nil && !isNotPodmans(resp) {
		return resp, nil
	}
	if err == nil {
		_ = resp.Body.Close() // whatever it says
		err = fmt.Errorf("HTTP status %s from something between", resp.Status)
	}
	return &http.Response{
		StatusCode: statusNoAnswer, Status: "no answer",
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: unreadable{wireError{err}}, Request: r,
	}, nil
}

// isNotPodmans reports whether a response is that of a proxy or tunnel which could not reach Podman, or of
// a service that is going down: Podman's own errors are JSON.
func isNotPodmans(r *http.Response) bool {
	switch r.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return r.StatusCode >= http.StatusInternalServerError && !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
}

// wireError marks a failure of the connection, as opposed to an answer that says no.
type wireError struct{ err error }

func (e wireError) Error() string { return e.err.Error() }
func (e wireError) Unwrap() error { return e.err }

// unreadable is a body that fails with err.
type unreadable struct{ err error }

func (u unreadable) Read([]byte) (int, error) { return 0, u.err }
func (u unreadable) Close() error             { return nil }

var _ io.ReadCloser = unreadable{}
