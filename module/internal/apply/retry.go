package apply

import (
	"fmt"
	"strings"

	"github.com/overcloud/paunch/module/internal/plan"
)

// retry reports whether a job whose last try ended with an exit code runs again, once its pause is over: the code
// is not accepted, the entry has retries left and the run was not interrupted.
func (r *opRun) retry(try, code int) bool {
	e := r.op.Entry
	if plan.Accepted(e.ExitCodes, code) || try > e.Retries {
		return false
	}
	defer r.phase("retry")()
	if !sleep(r.ctx, e.RetrySleep) {
		return false
	}
	reason, _, _ := strings.Cut(r.out.Reason, retried)
	r.out.Reason = fmt.Sprintf("%s%s%d of %d, after exit code %d", reason, retried, try, e.Retries, code)
	return true
}

const retried = "; retry "
