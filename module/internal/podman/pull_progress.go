package podman

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/containers/podman/v5/pkg/auth"
	"github.com/containers/podman/v5/pkg/bindings"
	"github.com/containers/podman/v5/pkg/bindings/images"
	imagetypes "go.podman.io/image/v5/types"

	"github.com/overcloud/paunch/module/internal/apply"
)

// pullWords passes on the words of a pull without counts: "Copying blob sha256:…".
type pullWords struct{ tell func(apply.PullProgress) }

// Write takes what Podman wrote at once: a line, mostly.
func (w *pullWords) Write(p []byte) (int, error) {
	lines := strings.Split(strings.TrimRight(string(p), "\n"), "\n")
	w.tell(apply.PullProgress{Note: lines[len(lines)-1]})
	return len(p), nil
}

// countsBytes reports whether the service can count the bytes of a pull. Podman 4 passes over that it is asked to.
func (c *Client) countsBytes() bool {
	major, _, _ := strings.Cut(c.Version(), ".")
	n, err := strconv.Atoi(major)
	return err == nil && n >= 5
}

// pullReport is one message of a pull that counts.
type pullReport struct {
	ID       string `json:"id"` // the beginning of a layer's digest
	Progress struct {
		Current int64 `json:"current"`
	} `json:"progressDetail"`
	Error   string `json:"error"`
	Message string `json:"message"` // the whole of the error, where nothing was sent before it
}

// pullCounted pulls an image and tells how many bytes of its layers have come; came reports whether any has. The
// bindings have no way to ask for the counts.
func pullCounted(ctx context.Context, r apply.PullRequest, opts *images.PullOptions) (came bool, err error) {
	response, err := requestPull(ctx, r.Image, opts)
	if err != nil {
		return false, err
	}
	defer closeBody(response)
	layers, total := map[string]int64{}, int64(0)
	decoder := json.NewDecoder(response.Body)
	for {
		var report pullReport
		err := decoder.Decode(&report)
		switch {
		case errors.Is(err, io.EOF):
			return total > 0, ctx.Err()
		case err != nil:
			return total > 0, wireError{err}
		case report.Error+report.Message != "":
			return total > 0, errors.New(report.Error + report.Message)
		case report.Progress.Current > layers[report.ID]:
			total += report.Progress.Current - layers[report.ID]
			layers[report.ID] = report.Progress.Current
			r.Progress(apply.PullProgress{Bytes: total})
		}
	}
}

// requestPull asks for a pull that counts. An answer whose status is an error is read like any other by the caller.
func requestPull(ctx context.Context, image string, opts *images.PullOptions) (*bindings.APIResponse, error) {
	conn, err := bindings.GetClient(ctx)
	if err != nil {
		return nil, err
	}
	query, err := opts.ToParams()
	if err != nil {
		return nil, err
	}
	query.Set("reference", image)
	query.Set("compatMode", "true")
	if opts.SkipTLSVerify != nil {
		query.Set("tlsVerify", strconv.FormatBool(!opts.GetSkipTLSVerify()))
	}
	header, err := auth.MakeXRegistryAuthHeader(&imagetypes.SystemContext{AuthFilePath: opts.GetAuthfile()}, "", "")
	if err != nil {
		return nil, err
	}
	return conn.DoRequest(ctx, nil, http.MethodPost, "/images/pull", query, header)
}
