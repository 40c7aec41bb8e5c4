package balancer

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/config"
)

// runtimeAPI answers like HAProxy's runtime API: one line each way.
type runtimeAPI struct {
	mu     sync.Mutex
	asked  []string
	answer map[string]string
}

func (a *runtimeAPI) listen(t *testing.T, network, address string) string {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			line, _ := bufio.NewReader(conn).ReadString('\n')
			a.mu.Lock()
			a.asked = append(a.asked, strings.TrimSpace(line))
			_, _ = fmt.Fprint(conn, a.answer[strings.TrimSpace(line)])
			a.mu.Unlock()
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

func drainOf(t *testing.T, drain map[string]any) config.Drain {
	t.Helper()
	e, _, err := config.DecodeEntry("web", "", map[string]any{"image": "web:1", "restart": "always", "drain": drain}, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return *e.Drain
}

const stat = `# pxname,svname,qcur,qmax,scur,smax,status,
web,FRONTEND,,,9,10,OPEN,
web,a,0,0,2,3,UP,
web,b,1,0,1,3,DOWN 1/2,
other,a,0,0,7,8,UP,
web,BACKEND,0,0,3,6,UP,

`

func TestServersAreSetInEveryHAProxyThatAnswers(t *testing.T) {
	api := &runtimeAPI{answer: map[string]string{"show stat": stat, "set server web/a state drain": "\n", "set server web/b state drain": "\n"}}
	path := filepath.Join(t.TempDir(), "s")
	api.listen(t, "unix", path)
	tcp := api.listen(t, "tcp", "127.0.0.1:0")
	d := drainOf(t, map[string]any{"haproxy": map[string]any{"sockets": []any{path, tcp, "/no/such/socket"}, "servers": []any{"web/a", "web/b"}}})
	b := Of(d)
	if err := b.TakeOut(t.Context()); err != nil {
		t.Error(err)
	}
	open, err := b.Open(t.Context())
	if diff := cmp.Diff([]any{8, nil}, []any{open, err}); diff != "" { // of both
		t.Error(diff)
	}
	takes, err := b.Takes(t.Context())
	if diff := cmp.Diff([]any{false, nil}, []any{takes, err}); diff != "" {
		t.Error(diff)
	}
	api.mu.Lock()
	api.answer["show stat"] = strings.Replace(stat, "DOWN 1/2", "no check", 1)
	api.mu.Unlock()
	if takes, err = b.Takes(t.Context()); err != nil || !takes {
		t.Errorf("%v %v", takes, err)
	}
	api.mu.Lock()
	api.answer["set server web/b state ready"] = "No such server.\n"
	api.mu.Unlock()
	if err := b.PutBack(t.Context()); err != nil {
		t.Errorf("a server that is not known any more: %v", err)
	}
	want := []string{
		"set server web/a state drain", "set server web/b state drain", "set server web/a state drain", "set server web/b state drain",
		"show stat", "show stat", "show stat", "show stat", "show stat", "show stat",
		"set server web/a state ready", "set server web/b state ready", "set server web/a state ready", "set server web/b state ready",
	}
	if diff := cmp.Diff(want, api.asked); diff != "" {
		t.Error(diff)
	}
	words := Words(d, true)[0]
	if diff := cmp.Diff([]string{"sh", "-c", `echo "set server web/a state drain" | socat - unix:` + path}, words); diff != "" {
		t.Error(diff)
	}
}

func TestAnHAProxyThatRefusesIsAnErrorAndOneThatIsAwayIsKnown(t *testing.T) {
	api := &runtimeAPI{answer: map[string]string{"set server web/a state drain": "No such server.\n", "show stat": "nonsense"}}
	tcp := api.listen(t, "tcp", "127.0.0.1:0")
	b := Of(drainOf(t, map[string]any{"haproxy": map[string]any{"socket": tcp, "server": "web/a"}}))
	if err := b.TakeOut(t.Context()); err == nil || !strings.Contains(err.Error(), "set server web/a state drain: No such server.") {
		t.Errorf("error %v", err)
	}
	if _, err := b.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "show stat: the table has no column") {
		t.Errorf("error %v", err)
	}
	b = Of(drainOf(t, map[string]any{"haproxy": map[string]any{"socket": "/no/such/socket", "server": "web/a"}}))
	if err := b.TakeOut(t.Context()); !errors.Is(err, ErrAway) {
		t.Errorf("error %v", err)
	}
}

func TestRequestsDemandTheAnswerThatIsAskedFor(t *testing.T) {
	var asked []string
	open := 1
	lb := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.String()+" "+r.Header.Get("Authorization"))
		switch r.URL.Path {
		case "/out":
			w.WriteHeader(http.StatusAccepted)
		case "/open":
			_, _ = fmt.Fprintf(w, "open: %d", open)
		default:
			http.Error(w, "no", http.StatusForbidden)
		}
	}))
	defer lb.Close()
	b := Of(drainOf(t, map[string]any{"http": map[string]any{
		"out":   map[string]any{"url": lb.URL + "/out?token=s3cret-token", "method": "put", "status": []any{202, 204}, "headers": map[string]any{"Authorization": "Bearer s3cret-token"}},
		"until": map[string]any{"url": lb.URL + "/open", "contains": "open: 0"},
		"back":  lb.URL + "/back?token=s3cret-token",
	}}))
	if err := b.TakeOut(t.Context()); err != nil {
		t.Error(err)
	}
	for _, want := range []int{1, 0} {
		open = want
		if got, err := b.Open(t.Context()); err != nil || got != want {
			t.Errorf("open %d: %d %v", want, got, err)
		}
	}
	err := b.PutBack(t.Context())
	if err == nil || !strings.Contains(err.Error(), "/back: another answer than was asked for: 403 Forbidden") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error %v", err)
	}
	want := []string{"PUT /out?token=s3cret-token Bearer s3cret-token", "GET /open ", "GET /open ", "POST /back?token=s3cret-token "}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
	lb.Close()
	if _, err := b.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("error %v", err)
	}
}
