package podman

import (
	"context"
	"encoding/json"
	"io"
	"path/filepath"

	"github.com/containers/podman/v5/pkg/bindings/secrets"
	"github.com/containers/podman/v5/pkg/domain/entities/types"

	"github.com/overcloud/paunch/module/internal/hostfile"
)

const (
	driverFile = "file"
	// secretsFile is where Podman's file driver keeps the contents of all secrets, below the directory among its options.
	secretsFile = "secretsdata.json"
	// maxSecretsFile bounds what is read of it.
	maxSecretsFile = 64 << 20
)

// SecretContents returns the contents of those of the secrets that this Podman shows: from 4.7 on. Of an earlier one on
// this host they are read where its file driver keeps them. What cannot be read is left out.
func (c *Client) SecretContents(ctx context.Context, names []string) []string {
	var all []string
	for _, name := range names {
		report, err := c.inspectSecret(ctx, name)
		switch {
		case err != nil:
		case report.SecretData != "":
			all = append(all, report.SecretData)
		case c.local && report.Spec.Driver.Name == driverFile:
			if content := storedSecret(report.Spec.Driver.Options["path"], report.ID); len(content) > 0 {
				all = append(all, string(content))
			}
		}
	}
	return all
}

func (c *Client) inspectSecret(ctx context.Context, name string) (report *types.SecretInfoReport, err error) {
	err = c.ask(ctx, isListingRace, func() error {
		ctx, explain, cancel := c.call(ctx, c.quick, "")
		defer cancel()
		report, err = secrets.Inspect(ctx, name, new(secrets.InspectOptions).WithShowSecret(true))
		return explain(err)
	})
	return report, err
}

// storedSecret returns the content of a secret as Podman's file driver keeps it; nil where it cannot be read.
func storedSecret(dir, id string) []byte {
	if !filepath.IsAbs(dir) {
		return nil
	}
	f, err := hostfile.Open(filepath.Join(dir, secretsFile))
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }() // only read from
	var contents map[string][]byte
	if json.NewDecoder(io.LimitReader(f, maxSecretsFile)).Decode(&contents) != nil {
		return nil
	}
	return contents[id]
}
