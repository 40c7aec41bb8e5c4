package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Defaults of a drain.
const (
	defaultDrainTimeout  = time.Minute
	defaultDrainInterval = time.Second
)

// Drain is how a service is taken out of its load balancer while its container is replaced or restarted. One of the methods
// is set.
type Drain struct {
	Timeout  time.Duration // for what is open to end
	Interval time.Duration // between two looks at that
	HAProxy  *HAProxyDrain
	HTTP     *HTTPDrain
	Command  *CommandDrain
}

// HAProxyDrain takes servers out by HAProxy's runtime API.
type HAProxyDrain struct {
	Sockets []string // paths on the host, or HOST:PORT
	Servers []string // BACKEND/SERVER
}

// HTTPDrain takes a service out by requests.
type HTTPDrain struct {
	Out   HTTPRequest
	Until *HTTPRequest // answers as asked for when nothing is open any more; nil = Out answers then
	Back  HTTPRequest
}

// HTTPRequest is a request and the answer that means success.
type HTTPRequest struct {
	URL, Method, Body string
	Headers           map[string]string
	Status            []int  // none = any from 200 to 299
	Contains          string // a part of the answer's body
}

// CommandDrain takes a service out by commands, in a running container, or in throw-away containers of the entry's image.
type CommandDrain struct {
	Container string // "" = throw-away ones
	Out       []string
	Until     []string // ends with 0 when nothing is open any more; none = Out ends then
	Back      []string
}

// What names the load balancer without secrets.
func (d Drain) What() string {
	switch {
	case d.HAProxy != nil:
		return "haproxy " + strings.Join(d.HAProxy.Servers, " ")
	case d.HTTP != nil:
		return "http"
	case d.Command.Container != "":
		return "command in " + d.Command.Container
	}
	return "command"
}

// keyed reads the keys of a mapping.
type keyed map[string]func(v any) error

func (k keyed) read(v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("expected a mapping, not %s", kindOf(v))
	}
	for _, name := range sortedKeys(withoutNulls(m)) {
		set, known := k[name]
		if !known {
			return fmt.Errorf("unknown key %q%s", name, didYouMean(name, sortedKeys(k)))
		}
		if err := set(m[name]); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	return nil
}

func (d *draft) drain(v any) error {
	drain := &Drain{Timeout: defaultDrainTimeout, Interval: defaultDrainInterval}
	methods := 0
	method := func(read func(any) error) func(any) error {
		return func(v any) error {
			methods++
			return read(v)
		}
	}
	err := keyed{
		"timeout":  positive(&drain.Timeout),
		"interval": positive(&drain.Interval),
		"haproxy":  method(drain.haproxy),
		"http":     method(drain.http),
		"command":  method(drain.command),
	}.read(v)
	if err == nil && methods != 1 {
		err = errors.New("needs one of haproxy, http and command")
	}
	d.Drain = drain
	return err
}

func positive(to *time.Duration) func(any) error {
	return func(v any) (err error) {
		if *to, err = duration(v); err == nil && *to <= 0 {
			err = errors.New("must be more than nothing")
		}
		return err
	}
}

func nameList(to *[]string) func(any) error {
	return func(v any) (err error) {
		*to, err = names(v)
		return err
	}
}

func textTo(to *string) func(any) error {
	return func(v any) (err error) {
		*to, err = text(v)
		return err
	}
}

func commandLine(to *[]string) func(any) error {
	return func(v any) (err error) {
		*to, err = words(v)
		return err
	}
}

func (d *Drain) haproxy(v any) error {
	h := &HAProxyDrain{}
	d.HAProxy = h
	err := keyed{"socket": nameList(&h.Sockets), "sockets": nameList(&h.Sockets), "server": nameList(&h.Servers), "servers": nameList(&h.Servers)}.read(v)
	switch {
	case err != nil:
		return err
	case len(h.Sockets) == 0:
		return errors.New("needs the socket of HAProxy's runtime API: a path on the host, or HOST:PORT")
	case len(h.Servers) == 0:
		return errors.New("needs servers, each as BACKEND/SERVER")
	}
	for _, s := range h.Sockets {
		if _, _, err := net.SplitHostPort(s); err != nil && !strings.HasPrefix(s, "/") {
			return fmt.Errorf("the socket %q is neither an absolute path nor HOST:PORT", s)
		}
	}
	for _, s := range h.Servers {
		backend, server, ok := strings.Cut(s, "/")
		if !ok || backend == "" || server == "" || strings.ContainsAny(s, " \t;\n") || strings.Contains(server, "/") {
			return fmt.Errorf("the server %q is no BACKEND/SERVER", s)
		}
	}
	return nil
}

func (d *Drain) http(v any) error {
	h := &HTTPDrain{}
	d.HTTP = h
	err := keyed{
		"out":  func(v any) error { return h.Out.read(v, "POST") },
		"back": func(v any) error { return h.Back.read(v, "POST") },
		"until": func(v any) error {
			h.Until = &HTTPRequest{}
			return h.Until.read(v, "GET")
		},
	}.read(v)
	if err == nil && (h.Out.URL == "" || h.Back.URL == "") {
		err = errors.New("needs the requests out and back")
	}
	return err
}

// read takes a request; a string is its URL.
func (r *HTTPRequest) read(v any, method string) error {
	r.Method = method
	if s, ok := v.(string); ok {
		v = map[string]any{"url": s}
	}
	err := keyed{
		"url": textTo(&r.URL), "method": textTo(&r.Method), "body": textTo(&r.Body), "contains": textTo(&r.Contains),
		"status":  func(v any) error { return r.status(v) },
		"headers": func(v any) error { return r.headers(v) },
	}.read(v)
	if err != nil {
		return err
	}
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" { // the URL may hold a password
		return errors.New("url: needs http:// or https:// and a host")
	}
	r.Method = strings.ToUpper(r.Method)
	if r.Method == "" || strings.Trim(r.Method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return errors.New("method: must be a word")
	}
	return nil
}

func (r *HTTPRequest) status(v any) error {
	l, ok := v.([]any)
	if !ok {
		l = []any{v}
	}
	for _, e := range l {
		n, err := integer(e, 100, 599)
		if err != nil {
			return err
		}
		r.Status = append(r.Status, n)
	}
	slices.Sort(r.Status)
	return nil
}

func (r *HTTPRequest) headers(v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("expected a mapping, not %s", kindOf(v))
	}
	r.Headers = map[string]string{}
	for _, k := range sortedKeys(m) {
		s, err := text(m[k])
		if err != nil {
			return fmt.Errorf("the value of %q %w", k, err)
		}
		if k == "" || strings.ContainsAny(k, " :\r\n") || strings.ContainsAny(s, "\r\n") {
			return errors.New("a header has a blank or colon in its name, or a line break")
		}
		r.Headers[k] = s
	}
	return nil
}

func (d *Drain) command(v any) error {
	c := &CommandDrain{}
	d.Command = c
	err := keyed{"container": textTo(&c.Container), "out": commandLine(&c.Out), "until": commandLine(&c.Until), "back": commandLine(&c.Back)}.read(v)
	switch {
	case err != nil:
		return err
	case len(c.Out) == 0 || len(c.Back) == 0:
		return errors.New("needs the commands out and back")
	case c.Container != "" && checkName(c.Container) != nil:
		return errors.New("container: must be the name of a container")
	}
	return nil
}

// settleDrain refuses a drain of what is never replaced while it serves.
func (d *decoding) settleDrain() {
	switch {
	case d.Drain == nil:
	case d.Kind != Service:
		d.problemf("drain", "is for services (restart): this is none")
	case d.Drain.Command != nil && d.Drain.Command.Container == d.Name:
		d.problemf("drain", "its commands cannot run in the very container that is replaced")
	}
}
