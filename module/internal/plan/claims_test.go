package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPublishedPortsAreThoseOfTheHost(t *testing.T) {
	for value, want := range map[string]string{
		"8080:80":                      ":8080/tcp",
		"8080:80/udp":                  ":8080/udp",
		"8080:80/TCP":                  ":8080/tcp",
		"127.0.0.1:8080:80":            "127.0.0.1:8080/tcp",
		"[::1]:8080:80":                "::1:8080/tcp",
		"8080-8082:80-82":              ":8080/tcp :8081/tcp :8082/tcp",
		"0.0.0.0:8080-8081:80-81/sctp": "0.0.0.0:8080/sctp 0.0.0.0:8081/sctp",
		"8080:80,8081:81":              ":8080/tcp :8081/tcp",
		"80":                           "",
		"127.0.0.1::80":                "",
		":80":                          "",
		"nonsense:80":                  "",
		"70000:80":                     "",
		"65535-65536:1-2":              "",
		"":                             "",
	} {
		var got []string
		for _, p := range PublishedPorts(value) {
			got = append(got, fmt.Sprintf("%s:%d/%s", p.IP, p.Number, p.Protocol))
		}
		if d := cmp.Diff(want, strings.Join(got, " ")); d != "" {
			t.Errorf("%q (-want +got):\n%s", value, d)
		}
	}
}
