package testbed

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"time"
)

// Fault is what a Proxy does to a request.
type Fault string

// The faults.
const (
	NoFault     Fault = ""
	ResetBefore Fault = "reset before the effect"
	ResetAfter  Fault = "reset after the effect"
	ErrorBefore Fault = "status 500 without the effect"
	ErrorAfter  Fault = "status 500 after the effect"
	Truncated   Fault = "truncated answer"
	LateEffect  Fault = "request that arrives late"
	LateAnswer  Fault = "answer that arrives late"
	Outage      Fault = "outage"
)

// Faults returns all faults.
func Faults() []Fault {
	return []Fault{ResetBefore, ResetAfter, ErrorBefore, ErrorAfter, Truncated, LateEffect, LateAnswer, Outage}
}

// Inject does to each request what f, called with its number since the last Forget, returns. late is the
// delay of what is late, outage the length of an outage. nil ends that.
func (p *Proxy) Inject(late, outage time.Duration, f func(n int) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late, p.outage, p.inject = late, outage, f
}

// faultOf returns what to do to a request.
func (p *Proxy) faultOf(r *http.Request) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.requests)
	p.requests = append(p.requests, r.Method+" "+r.URL.RequestURI())
	switch {
	case time.Now().Before(p.outageEnd):
		return ResetBefore
	case p.fault != nil && p.fault(r):
		return ResetBefore
	case p.inject == nil:
		return NoFault
	}
	f := p.inject(n)
	if f == Outage {
		p.outageEnd = time.Now().Add(p.outage)
		return ResetBefore
	}
	return f
}

// serve forwards a request with a fault.
func (p *Proxy) serve(w http.ResponseWriter, r *http.Request, f Fault, forward http.Handler) {
	const broken = `{"cause":"injected","message":"injected fault","response":500}`
	switch f {
	case NoFault:
		forward.ServeHTTP(w, r)
	case ResetAfter:
		_ = answerTo(r, forward)
		panic(http.ErrAbortHandler)
	case ErrorAfter, ErrorBefore:
		if f == ErrorAfter {
			_ = answerTo(r, forward)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, broken)
	case Truncated:
		truncate(w, answerTo(r, forward))
	case LateEffect:
		body, _ := io.ReadAll(r.Body) // what has come is forwarded
		time.Sleep(p.late)
		r.Body = io.NopCloser(bytes.NewReader(body))
		_ = answerTo(r, forward)
		panic(http.ErrAbortHandler)
	case LateAnswer:
		answer := answerTo(r, forward)
		time.Sleep(p.late)
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	case ResetBefore, Outage:
		panic(http.ErrAbortHandler) // the connection breaks without an answer
	}
}

// answerTo has a request answered, also when its client has gone.
func answerTo(r *http.Request, forward http.Handler) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	forward.ServeHTTP(answer, r.WithContext(context.WithoutCancel(r.Context())))
	return answer
}

// truncate sends half of an answer and breaks the connection.
func truncate(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	body := answer.Body.Bytes()
	conn, out, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(out, "HTTP/1.1 %d %s\r\nContent-Length: %d\r\n", answer.Code, http.StatusText(answer.Code), max(len(body), 2))
	_ = answer.Header().WriteSubset(out, map[string]bool{"Content-Length": true, "Transfer-Encoding": true})
	_, _ = io.WriteString(out, "\r\n")
	_, _ = out.Write(body[:len(body)/2])
	_ = out.Flush()
}
