package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDrainsThatCannotBeMeantAreRefused(t *testing.T) {
	ha := func(more ...any) raw {
		m := raw{"socket": "/s", "servers": "web/a"}
		for i := 0; i < len(more); i += 2 {
			m[more[i].(string)] = more[i+1]
		}
		return raw{"haproxy": m}
	}
	command := raw{"out": "a", "back": "b"}
	for says, drain := range map[string]any{
		"expected a mapping, not a string":                               "haproxy",
		"needs one of haproxy, http and command":                         raw{},
		`unknown key "haproxi": did you mean "haproxy"?`:                 raw{"haproxi": raw{}},
		"needs the socket of HAProxy's runtime API":                      ha("socket", nil),
		"needs servers, each as BACKEND/SERVER":                          ha("servers", nil),
		`the server "web" is no BACKEND/SERVER`:                          ha("servers", "web"),
		`the server "web/a; shutdown" is no BACKEND/SERVER`:              ha("servers", "web/a; shutdown"),
		`the socket "run/s" is neither an absolute path nor HOST:PORT`:   ha("socket", "run/s"),
		`"http": needs the requests out and back`:                        raw{"http": raw{"out": "http://lb/out"}},
		`"out": url: needs http:// or https:// and a host`:               raw{"http": raw{"out": "lb/out", "back": "http://lb/b"}},
		`"status": must be a whole number`:                               raw{"http": raw{"out": raw{"url": "http://lb/o", "status": "ok"}, "back": "http://lb/b"}},
		`"command": needs the commands out and back`:                     raw{"command": raw{"out": "x"}},
		"its commands cannot run in the very container that is replaced": raw{"command": raw{"container": "web", "out": "a", "back": "b"}},
		`"timeout": must be more than nothing`:                           raw{"timeout": 0, "command": command},
	} {
		_, _, err := DecodeEntry("web", "", raw{"image": "web:1", "restart": "always", "drain": drain}, Options{})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v does not say %q", err, says)
		}
	}
	if _, _, err := DecodeEntry("web", "", raw{"image": "web:1", "detach": false, "drain": raw{"command": command}}, Options{}); err == nil || !strings.Contains(err.Error(), "is for services (restart)") {
		t.Errorf("error %v", err)
	}
}

func TestADrainHasItsDefaults(t *testing.T) {
	e, _, err := DecodeEntry("web", "", raw{"image": "web:1", "restart": "always", "drain": raw{"interval": "100ms", "http": raw{"out": "http://lb/out", "back": raw{"url": "http://lb/back", "method": "put"}}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := &Drain{
		Timeout: time.Minute, Interval: 100 * time.Millisecond,
		HTTP: &HTTPDrain{Out: HTTPRequest{URL: "http://lb/out", Method: "POST"}, Back: HTTPRequest{URL: "http://lb/back", Method: "PUT"}},
	}
	if diff := cmp.Diff(want, e.Drain); diff != "" {
		t.Error(diff)
	}
}
