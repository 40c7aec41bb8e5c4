package ansiblemod

import (
	"reflect"

	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/paunch"
)

// Args are the module's arguments, over the defaults of what was left out.
type Args struct {
	request paunch.Request
	module  string // its name as Ansible has it, without the collection's; "" = paunch_step
	manager bool   // managed_by was given
	details bool   // of paunch_info: what a listing does not tell is asked for
	report  reportArgs
}

// fields maps the name of each argument of the module to what it is read into.
func (a *Args) fields() map[string]reflect.Value {
	if a.module == reportModule {
		return map[string]reflect.Value{"results": reflect.ValueOf(&a.report.Results).Elem(), "html": reflect.ValueOf(&a.report.HTML).Elem()}
	}
	fields := arguments.Fields(&a.request)
	if a.module == infoModule {
		fields["details"] = reflect.ValueOf(&a.details).Elem()
	}
	return fields
}

// Control is what Ansible itself passes and this module heeds; every other _ansible_ key is ignored.
type Control struct {
	CheckMode bool
	Diff      bool
	NoLog     bool
	Caller    paunch.AnsibleTask // for the history
}

// Request turns the arguments into a request; what was left out has its default.
func (a Args) Request(c Control) paunch.Request {
	r := a.request
	r.Check, r.Terse, r.Caller = c.CheckMode, c.NoLog, "ansible"
	r.Task = c.Caller
	return r
}

// Names returns the names of all arguments, sorted.
func Names() []string { return sortedKeys(arguments.Fields(&paunch.Request{})) }
