package unitfile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/overcloud/paunch/module/internal/config"
)

// Check returns every value of an entry that cannot stand in its unit.
func Check(e config.Entry) []config.Problem {
	if e.Kind != config.Service {
		return nil
	}
	problems := check(Of(e))
	for i := range problems {
		problems[i].Container, problems[i].File = e.Name, e.File
	}
	return problems
}

// unitName is the name of any unit: no path, no option, no list.
var unitName = regexp.MustCompile(`^[A-Za-z0-9:_.\\][A-Za-z0-9:_.@\\-]*$`)

// ours are the options of [Service] that the program itself sets and relies on.
var ours = []string{"Type", "PIDFile", "ExecStart", "ExecReload", "ExecStop", "ExecStopPost", "BusName", "RemainAfterExit"}

// prefixes are what systemd takes before a command's path.
const prefixes = "-@:+!"

func check(s Service) []config.Problem {
	var problems []config.Problem
	problem := func(key, format string, args ...any) {
		problems = append(problems, config.Problem{Key: key, Text: fmt.Sprintf(format, args...)})
	}
	for _, list := range []struct {
		key   string
		names []string
	}{{"depends_on", s.DependsOn}, {"part_of", s.PartOf}} {
		for _, name := range list.names {
			if !unitName.MatchString(name) || len(withEnding(name)) > longestName {
				problem(list.key, "%q is not the name of a unit", name)
			}
		}
	}
	for _, v := range []struct{ key, text string }{
		{"container_name", s.Container},
		{"container_name", s.PIDFile},
		{"restart", s.Restart},
		{"kill_mode", s.KillMode},
		{"reload_signal", s.ReloadSignal},
		{"managed_by", s.ManagedBy},
		{"config_id", s.ConfigID},
	} {
		if !word.MatchString(v.text) {
			problem(v.key, "%q cannot stand in a unit", v.text)
		}
	}
	if !oneLine(s.Entry) {
		problem("container_name", "%q must be one line without control characters", s.Entry)
	}
	return append(problems, checkCommands(s)...)
}

// checkCommands finds what cannot stand in a unit among its own options and commands.
func checkCommands(s Service) []config.Problem {
	var problems []config.Problem
	problem := func(key, format string, args ...any) {
		problems = append(problems, config.Problem{Key: key, Text: fmt.Sprintf(format, args...)})
	}
	for _, key := range sortedKeys(s.ExecFlags) {
		switch {
		case !optionName.MatchString(key):
			problem("systemd_exec_flags", "%q is no valid name of a unit's option", key)
		case slices.Contains(ours, key):
			problem("systemd_exec_flags", "%s is set by paunch, which relies on it", key)
		case !oneLine(s.ExecFlags[key]):
			problem("systemd_exec_flags", "the value of %s must be one line without control characters", key)
		}
	}
	if !oneLine(s.PreStopCommand) {
		problem("pre_stop_command", "must be one line without control characters")
	}
	switch {
	case !oneLine(s.PreStopExec):
		problem("pre_stop_exec", "must be one line without control characters")
	case s.PreStopExec != "" && !strings.HasPrefix(strings.TrimLeft(s.PreStopExec, prefixes), "/"):
		problem("pre_stop_exec", "must begin with the absolute path of a program, as systemd wants it")
	}
	return problems
}

var optionName = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)

// word is a value that means to systemd what it says: it is not split, and nothing in it is replaced.
var word = regexp.MustCompile(`^[A-Za-z0-9_.@:/+-]*$`)

// oneLine reports whether a text cannot begin another line of a unit, nor join the next one to its own, which
// systemd also does where white space follows the backslash.
func oneLine(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\t' || r == unicode.ReplacementChar }) &&
		!strings.HasSuffix(strings.TrimRightFunc(s, unicode.IsSpace), `\`)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
