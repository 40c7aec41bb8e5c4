package ansiblemod

import (
	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/paunch"
)

// Args are the module's arguments, over the defaults of what was left out.
type Args struct {
	request paunch.Request
	module  string // its name as Ansible has it, without the collection's; "" = paunch_step
	manager bool   // managed_by was given
}

// Control is what Ansible itself passes and this module heeds; every other _ansible_ key is ignored.
type Control struct {
	CheckMode bool
	Diff      bool
	NoLog     bool
}

// Request turns the arguments into a request; what was left out has its default.
func (a Args) Request(c Control) paunch.Request {
	r := a.request
	r.Check, r.Terse, r.Caller = c.CheckMode, c.NoLog, "ansible"
	return r
}

// Names returns the names of all arguments, sorted.
func Names() []string { return sortedKeys(arguments.Fields(&paunch.Request{})) }
