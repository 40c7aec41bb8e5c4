package arguments

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"github.com/overcloud/paunch/module/paunch"
)

// AddFlags adds the flags of a command. A value of the request is the default of its flag.
func AddFlags(f *pflag.FlagSet, r *paunch.Request, on Commands) {
	for _, a := range Table() {
		switch {
		case a.Flag.On&on != 0:
			a.addFlag(f, r)
		case a.Flag.Instead != "" && on == OnApply:
			add(f, refused{errors.New(a.Flag.Instead)}, a.FlagName(), "", "", "true").Hidden = true
		}
	}
	f.SetNormalizeFunc(normalise)
}

// addFlag adds the flag of one argument.
func (a Argument) addFlag(f *pflag.FlagSet, r *paunch.Request) {
	name := a.FlagName()
	if truth, ok := a.In(r).(*bool); ok && a.Flag.Inverted {
		add(f, switchOff{truth}, name, "", a.Flag.Usage, "true")
		positive := strings.ReplaceAll(a.Name, "_", "-")
		add(f, truthOf{truth: truth}, positive, "", a.Flag.Usage, "true").Hidden = true
		return
	}
	value, bare := a.value(r)
	usage := a.Flag.Usage
	if _, ok := value.(Duration); ok {
		usage += " (seconds, or as 1m30s)"
	}
	add(f, value, name, a.Flag.Short, usage, bare)
}

// Given returns the names of the arguments whose flags were given.
func Given(f *pflag.FlagSet) []string {
	var names []string
	for _, a := range Table() {
		if f.Changed(a.FlagName()) {
			names = append(names, a.Name)
		}
	}
	return names
}

// add adds one flag; bare is its value where it is given without one.
func add(f *pflag.FlagSet, value pflag.Value, name, short, usage, bare string) *pflag.Flag {
	flag := f.VarPF(value, name, short, usage)
	flag.NoOptDefVal = bare
	return flag
}

// normalise lets a flag be given by the name of the module's argument too.
func normalise(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	name = strings.ReplaceAll(name, "_", "-")
	if name == "cleanup" { // as paunch had it
		return "clean-orphans"
	}
	for _, a := range Table() {
		if !a.Flag.Inverted && strings.ReplaceAll(a.Name, "_", "-") == name {
			return pflag.NormalizedName(a.FlagName())
		}
	}
	return pflag.NormalizedName(name)
}

// Secret is an error about a value of a flag that may hold a secret: who prints it must not print the value.
type Secret struct{ error }

// Unwrap returns what is wrong.
func (e Secret) Unwrap() error { return e.error }

// refused is a flag that the command line does not have, with what to use.
type refused struct{ instead error }

// Set returns the sentence.
func (r refused) Set(string) error { return Secret{r.instead} }

// String is empty: there is no default.
func (refused) String() string { return "" }

// Type is that of a switch, so that what follows is not read as its value.
func (refused) Type() string { return "bool" }
