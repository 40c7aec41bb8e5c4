//go:build realpodman

package paunch_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/testbed"
)

// proxy is a load balancer of two services without retries, and with requests by which one of them is taken out.
type proxy struct {
	mu      sync.Mutex
	out     map[string]bool
	open    map[string]int
	stuck   bool // says that something is open for ever
	told    []string
	targets map[string]*httputil.ReverseProxy
	failed  []string
	served  int
	turn    int
	address string
}

func newProxy(t *testing.T, ports map[string]int) *proxy {
	t.Helper()
	p := &proxy{out: map[string]bool{}, open: map[string]int{}, targets: map[string]*httputil.ReverseProxy{}}
	for name, port := range ports {
		target := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "127.0.0.1:" + strconv.Itoa(port)})
		target.Transport = &http.Transport{DisableKeepAlives: true}
		target.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
		p.targets[name] = target
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: p}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	p.address = l.Addr().String()
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if verb, name, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/admin/"), "/"); ok && strings.HasPrefix(r.URL.Path, "/admin/") {
		p.admin(w, verb, name)
		return
	}
	name, target := p.choose()
	if target == nil {
		http.Error(w, "nobody is in balance", http.StatusServiceUnavailable)
		return
	}
	target.ServeHTTP(w, r)
	p.mu.Lock()
	p.open[name]--
	p.mu.Unlock()
}

// choose takes turns between those in balance.
func (p *proxy) choose() (string, *httputil.ReverseProxy) {
	p.mu.Lock()
	defer p.mu.Unlock()
	names := []string{"web1", "web2"}
	for range names {
		p.turn++
		if name := names[p.turn%len(names)]; !p.out[name] && p.targets[name] != nil {
			p.open[name]++
			return name, p.targets[name]
		}
	}
	return "", nil
}

func (p *proxy) admin(w io.Writer, verb, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch verb {
	case "open":
		n := p.open[name]
		if p.stuck {
			n = 1
		}
		_, _ = fmt.Fprintln(w, n)
		return
	case "out", "back":
		p.out[name] = verb == "out"
	}
	p.told = append(p.told, verb+" "+name)
}

func (p *proxy) inBalance(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.out[name]
}

// ask makes requests until the returned function is called, which returns how many were answered and which failed.
func (p *proxy) ask() (stop func() (int, []string)) {
	end, done := make(chan struct{}), make(chan struct{})
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		defer close(done)
		for {
			select {
			case <-end:
				return
			default:
			}
			response, err := client.Get("http://" + p.address + "/hostname")
			switch {
			case err != nil:
				p.failed = append(p.failed, err.Error())
			case response.StatusCode != http.StatusOK:
				text, _ := io.ReadAll(response.Body)
				p.failed = append(p.failed, response.Status+" "+string(text))
			default:
				p.served++
			}
			if err == nil {
				_ = response.Body.Close()
			}
		}
	}()
	return func() (int, []string) {
		close(end)
		<-done
		return p.served, p.failed
	}
}

// freePort is a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// drainExample is the example of docs/drain.md, with a second service beside it, behind a proxy.
func drainExample(t *testing.T) (config, *proxy) {
	t.Helper()
	text, err := os.ReadFile("../../docs/drain.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	ports := map[string]int{"web1": freePort(t), "web2": freePort(t)}
	p := newProxy(t, ports)
	c := config{}
	for name, port := range ports {
		one := strings.NewReplacer("localhost/busybox:latest", testbed.Image, "127.0.0.1:18081", "127.0.0.1:"+strconv.Itoa(port), "127.0.0.1:18080", p.address, "web1", name).Replace(example)
		if err := yaml.Unmarshal([]byte(one), &c); err != nil {
			t.Fatal(err)
		}
		c[name].(config)["wait"] = "healthy"
		c[name].(config)["healthcheck"] = config{"test": fmt.Sprintf("wget -qO- http://127.0.0.1:%d/hostname", port), "interval": "1s", "retries": 30}
	}
	c["web2"].(config)["start_order"] = 1
	return c, p
}

func TestADrainedServiceIsReplacedUnderLoadWithoutAFailedRequest(t *testing.T) {
	bed.Clean(t)
	c, p := drainExample(t)
	must(t, request(t, c))
	stop := p.ask()
	for _, name := range []string{"web1", "web2"} {
		c[name].(config)["environment"] = config{"CHANGED": "1"}
	}
	r := must(t, request(t, c))
	served, failed := stop()
	diff(t, "actions", map[string]string{"web1": "recreated", "web2": "recreated"}, actions(r))
	diff(t, "requests that failed", []string(nil), failed)
	if served == 0 {
		t.Error("no request was made")
	}
	diff(t, "the load balancer was told", []string{"out web1", "back web1", "out web2", "back web2"}, p.told)
	diff(t, "containers", []string{"web1 running", "web2 running"}, listed(t))
	if all := strings.Join(r.Commands, "\n"); !strings.Contains(all, "curl --fail --request POST http://"+p.address+"/admin/out/web1") {
		t.Errorf("commands:\n%s", all)
	}
	diff(t, "the next run", false, must(t, request(t, c)).Changed)
}

func TestADrainThatNeverEndsKeepsTheOldContainerInBalance(t *testing.T) {
	bed.Clean(t)
	c, p := drainExample(t)
	must(t, request(t, c))
	before := snapshot(t)
	p.stuck = true
	web := c["web1"].(config)
	web["environment"] = config{"CHANGED": "1"}
	web["drain"].(config)["timeout"] = 1
	r := mustFail(t, request(t, c), `container "web1": it does not drain: it was taken out of its load balancer (http), and more than 1s passed (drain.timeout)`, "the old container goes on serving")
	diff(t, "changed", false, r.Changed)
	diff(t, "the host", before, snapshot(t))
	diff(t, "in balance", true, p.inBalance("web1"))
}

func TestTheNextRunPutsBackWhatAKilledRunHadTakenOut(t *testing.T) {
	bed.Clean(t)
	c, p := drainExample(t)
	must(t, request(t, c))
	before := ids(t)
	p.stuck = true
	web := c["web1"].(config)
	web["environment"] = config{"CHANGED": "1"}
	req := request(t, c)
	killed := start(t, config{"config_id": req.ConfigID, "managed_by": req.ManagedBy, "config": c})
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return !p.inBalance("web1") })
	_ = killed.Process.Kill()
	_ = killed.Wait() // it was killed
	p.mu.Lock()
	p.stuck = false
	p.mu.Unlock()
	delete(web, "environment") // changed back: nothing else is to be done
	check := request(t, c)
	check.Check = true
	predicted := must(t, check)
	diff(t, "predicted", "repaired", actions(predicted)["web1"])
	r := must(t, request(t, c))
	diff(t, "action", "repaired", actions(r)["web1"])
	diff(t, "in balance", true, p.inBalance("web1"))
	diff(t, "containers", before, ids(t))
	diff(t, "the next run", false, must(t, request(t, c)).Changed)
}

func TestCommandsDrainFromAContainerAndFromThrowAwayOnes(t *testing.T) {
	bed.Clean(t)
	c, p := drainExample(t)
	c["lb"] = service("start_order", -1)
	tell := func(verb, name string) []any {
		return []any{"wget", "-qO-", "http://" + p.address + "/admin/" + verb + "/" + name}
	}
	for name, more := range map[string]config{"web1": {"container": "lb"}, "web2": {}} {
		until := []any{"sh", "-c", `test "$(wget -qO- http://` + p.address + "/admin/open/" + name + `)" = 0`}
		more["out"], more["until"], more["back"] = tell("out", name), until, tell("back", name)
		c[name].(config)["drain"] = config{"command": more}
	}
	must(t, request(t, c))
	stop := p.ask()
	for _, name := range []string{"web1", "web2"} {
		c[name].(config)["environment"] = config{"CHANGED": "1"}
	}
	must(t, request(t, c))
	_, failed := stop()
	diff(t, "requests that failed", []string(nil), failed)
	diff(t, "the load balancer was told", []string{"out web1", "back web1", "out web2", "back web2"}, p.told)
	diff(t, "containers", []string{"lb running", "web1 running", "web2 running"}, listed(t))
}
