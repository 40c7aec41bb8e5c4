package ansiblemod

import (
	"errors"
	"fmt"

	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/report"
)

// reportModule is the module that makes a page of results. It runs on the controller.
const reportModule = "paunch_report"

// reportArgs are its arguments.
type reportArgs struct {
	Results []string // files, and directories of them
	HTML    string   // the page to write
}

// reportResult is its result.
type reportResult struct {
	Changed bool   `json:"changed"` // the page was, or would be, written
	Failed  bool   `json:"failed"`
	Msg     string `json:"msg"`
	Path    string `json:"path,omitempty"` // of the page
	Hosts   int    `json:"hosts"`
	Steps   int    `json:"steps"` // results of one step on one host
}

// writeReport makes the page, which says when it was made and so is another one each time.
func writeReport(args reportArgs, control Control) (any, bool) {
	if err := args.check(); err != nil {
		return reportResult{Failed: true, Msg: many.Text(err)}, true
	}
	results, err := report.Load(args.Results...)
	if err == nil && !control.CheckMode {
		err = report.WritePage(args.HTML, results)
	}
	if err != nil {
		return reportResult{Failed: true, Msg: many.Text(err)}, true
	}
	hosts := len(results.HostNames())
	return reportResult{
		Changed: true, Path: args.HTML, Hosts: hosts, Steps: len(results.Runs),
		Msg: fmt.Sprintf("the report of %d results of %d hosts is in %s", len(results.Runs), hosts, args.HTML),
	}, false
}

func (a reportArgs) check() error {
	var all []error
	if len(a.Results) == 0 {
		all = append(all, errors.New("argument results: a file or directory of results is needed"))
	}
	if a.HTML == "" {
		all = append(all, errors.New("argument html: the file to write is needed"))
	}
	return many.Join(all...)
}
