package arguments

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/paunch"
)

// Argument is one argument of an apply.
type Argument struct {
	// Name is that of the module's option.
	Name string
	// In returns a pointer to the argument's field. It is nil for an argument that the action plugin keeps to itself.
	In func(*paunch.Request) any
	// Doc are the paragraphs of the module's documentation, in its markup.
	Doc []string
	// Type is Ansible's, where the field's type leaves it open: a path.
	Type string
	// Default is what the documentation says, where the field of paunch.Defaults does not have it.
	Default any
	// Choices are the accepted values; none = any.
	Choices []string
	// Suboptions are the keys of each element of a list of mappings.
	Suboptions []Suboption
	Flag       Flag
	Role       Role
}

// Suboption is a key of a mapping in an argument. Its type is a string.
type Suboption struct {
	Name    string
	Doc     string
	Choices []string
}

// Flag is how the command line takes an argument.
type Flag struct {
	Name  string // default: the argument's name, with dashes
	Short string // one letter; "" = none
	On    Commands
	// Usage is the help; a word in backquotes names the value.
	Usage string
	// Inverted makes it a switch that turns the argument off.
	Inverted bool
	// Global means that every command has it.
	Global bool
	// Instead says what to use, where there is no such flag.
	Instead string
}

// Role is how the role takes an argument.
type Role struct {
	Doc     string // default: the first paragraph of the argument's
	Default any    // of the variable; nil = the module's holds
	// Older are variables of older roles that are read where the one of this role is not set, first the first.
	Older []string
	// Compat are the values where nothing is set and the role behaves as an older one: by paunch_step_compat.
	Compat map[string]string
	// EmptyIsUnset means that an empty value is as none, as in the older roles.
	EmptyIsUnset bool
	// Otherwise means that the role sets the argument from others of its variables, in text written by hand.
	Otherwise bool
}

// Commands is a set of commands.
type Commands uint

// The commands that take arguments of an apply.
const (
	OnApply Commands = 1 << iota
	OnStatus
	OnDelete // and cleanup
	OnDebug
	OnVerb // stop, start and restart
	OnPull
)

// Table returns all arguments, in the order of the documentation.
func Table() []Argument { return slices.Concat(ofConfig, ofRun, ofHost) }

// Fields maps the name of each argument of the module to its field in a request.
func Fields(r *paunch.Request) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for _, a := range Table() {
		if a.In != nil {
			fields[a.Name] = reflect.ValueOf(a.In(r)).Elem()
		}
	}
	return fields
}

// FlagName returns the name of the argument's flag.
func (a Argument) FlagName() string {
	if a.Flag.Name != "" {
		return a.Flag.Name
	}
	return strings.ReplaceAll(a.Name, "_", "-")
}

// Variable returns the name of the role's variable.
func (a Argument) Variable() string { return "paunch_step_" + a.Name }

// internal reports whether only programs set the argument: neither users of the role nor of the command line do.
func (a Argument) internal() bool { return len(a.Suboptions) > 0 }

// AnsibleType returns the type and, of a list, the type of its elements, in Ansible's words.
func (a Argument) AnsibleType() (name, elements string) {
	if a.Type != "" {
		return a.Type, ""
	}
	field := reflect.TypeOf(a.In(&paunch.Request{})).Elem()
	if field.Kind() == reflect.Slice {
		return "list", ansibleType(field.Elem())
	}
	return ansibleType(field), ""
}

func ansibleType(t reflect.Type) string {
	if t == reflect.TypeFor[time.Duration]() {
		return "raw" // seconds, or a text such as 1m30s
	}
	switch t.Kind() {
	case reflect.Pointer:
		return ansibleType(t.Elem())
	case reflect.Bool:
		return "bool"
	case reflect.Int:
		return "int"
	case reflect.String:
		return "str"
	default:
		return "dict"
	}
}
