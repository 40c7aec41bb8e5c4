package redact

import (
	"net"
	"regexp"
	"strings"
	"unicode"
)

// secretValue reports whether the value under a name is a secret. In prose (log lines, messages) the names of
// many kinds count only with a value that looks random: "key=memory" is part of a sentence.
func (r Rules) secretValue(name, value string, prose bool) bool {
	g := r.grade(name)
	switch {
	case g == noName || harmless(value):
		return false
	case g == certain:
		return !isWorkingDir(name, value)
	case g == likely && !prose:
		return !isAddress(value)
	}
	return looksRandom(value)
}

// harmless reports whether a value is no secret under any name: empty, a yes or no, a file, stars.
func harmless(value string) bool {
	value = strings.TrimSpace(value)
	return isSwitch(value) || strings.Trim(value, "*") == "" || isPath(value)
}

func isSwitch(value string) bool {
	if len(value) > len("undefined") {
		return false
	}
	switch strings.ToLower(value) {
	case "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "~", "undefined":
		return true
	}
	return false
}

// filePath is a file below one of the usual directories. A key in base64 may begin with a slash too.
var filePath = regexp.MustCompile(`^(?:file://|unix://|@)?(?:~|\.{1,2}|/(?:bin|boot|config|data|dev|etc|home|lib\d*|media|mnt|openstack|opt|proc|root|run|sbin|srv|sys|tmp|usr|var))(?:/[\w.@%+-]*)*$`)

func isPath(value string) bool { return filePath.MatchString(value) }

// isWorkingDir reports whether a pair is the variable in which a shell keeps its directory.
func isWorkingDir(name, value string) bool {
	return (name == "PWD" || name == "OLDPWD") && strings.HasPrefix(value, "/")
}

// address is a URL without a password or query, a host with or without a port, an address, a range of ports.
var address = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9+.-]*://[^\s@?#]*|[a-z0-9-]+(?:\.[a-z0-9-]+)*:\d{1,5}(?:/\S*)?|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}|[\d.:]+(?:/[a-z]*\d*)?)$`)

func isAddress(value string) bool {
	return address.MatchString(value) && !isNumber(value) || net.ParseIP(value) != nil
}

var (
	// dated begins like a date or time; words are identifiers such as tripleo_step3, which nobody rolled dice for.
	dated   = regexp.MustCompile(`^\d{4}-\d\d-\d\d([T ].*)?$`)
	number  = regexp.MustCompile(`^[-+]?[\d._,]+([eE][-+]?\d+)?[A-Za-z%]{0,3}$`)
	release = regexp.MustCompile(`^v?\d+(\.\d+)+([-+~.][\w.]+)*$`)
	idWords = regexp.MustCompile(`^[a-z]+\d{0,3}([-_.:/][a-z]*\d{0,3})+$`)
	uuid    = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// The lengths between which a value can look random.
const (
	shortestRandom = 8
	longestRandom  = 1 << 10
)

// looksRandom reports whether a value looks like something that was made up to be hard to guess: one word of
// some length, of letters with digits or signs among them, that is nothing known.
func looksRandom(value string) bool {
	if len(value) < shortestRandom || len(value) > longestRandom || strings.ContainsFunc(value, unicode.IsSpace) || harmless(value) || isAddress(value) {
		return false
	}
	for _, known := range []*regexp.Regexp{dated, number, release, idWords, uuid} {
		if known.MatchString(value) {
			return false
		}
	}
	return strings.ContainsFunc(value, unicode.IsLetter) && strings.ContainsAny(value, "0123456789!@#$%^&*+=?~|\\")
}

// common values are in too many innocent places to be masked wherever they appear. Under a sensitive name they
// are still masked and sealed.
var common = wordSet(`true false none null nil yes no on off undefined default auto enabled disabled unset unknown empty
	admin administrator root user guest nobody anonymous public private internal external local localhost demo test tests
	testing example service services project tenant domain region member operator owner system host hosts hostname server
	client node nodes cluster master primary secondary replica leader worker controller compute storage network networks
	password passwords passwd pass secret secrets token tokens cookie cookies credential credentials auth
	basic bearer digest plain ldap kerberos oauth oauth2 saml scram sasl x509 sha1 sha256 sha512 hmac md5 bcrypt fernet
	debug info warn warning error errors critical notice trace fatal verbose quiet failed failure success ready
	http https tcp unix file files path paths name names value values string json yaml text data config configs configuration
	image images container containers volume volumes start started stop stopped restart running created removed unchanged
	recreated executed exited healthy unhealthy always never missing command label labels port ports
	openstack overcloud undercloud keystone nova glance neutron cinder placement heat horizon barbican octavia ironic manila
	swift aodh gnocchi ceilometer designate magnum trove mistral zaqar sahara watcher ovn ovsdb libvirt
	mysql mariadb galera rabbit rabbitmq redis valkey memcached haproxy apache httpd nginx pacemaker corosync postgres
	postgresql mongodb mongo etcd kafka ceph rados podman docker systemd database cache queue proxy registry
	kolla tripleo paunch ansible linux debian ubuntu centos fedora rhel alpine busybox bash python`)

// The lengths that decide where a known secret is masked in free text.
const (
	shortest   = 4 // below, only under its name: it would be in too many words by chance
	shortWhole = 6 // below, only where it is a word of its own
	longDigits = 6 // a number of fewer digits is too often a port, a year or a process
)

// distinctive reports whether a known secret can be masked wherever it appears, and whether only as a word.
func distinctive(s string) (anywhere, bounded bool) {
	switch {
	case len(s) < shortest, common[strings.ToLower(s)], harmless(s):
		return false, false
	case isNumber(s):
		return len(s) >= longDigits, true
	case strings.Count(s, s[:1]) == len(s):
		return false, false
	}
	return true, len(s) < shortWhole
}
