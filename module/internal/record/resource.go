package record

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
)

// keyContent holds the content of a secret.
const keyContent = "content"

// OfResource returns the record of a resource, secrets in the clear: it must not leave the process.
func OfResource(res config.Resource) Record {
	r := Record{}
	set := func(key, value string) {
		if value != "" {
			r[key] = append(r[key], value)
		}
	}
	set("driver", res.Driver)
	for k, v := range res.Options {
		set("options", k+"="+v)
	}
	for k, v := range res.Labels {
		set("label", k+"="+v)
	}
	for _, s := range res.Subnets {
		set("subnet", s.Subnet)
		set("gateway", s.Gateway)
		set("ip_range", s.Range)
	}
	for key, on := range map[string]bool{"internal": res.Internal, "ipv6": res.IPv6, "disable_dns": res.DisableDNS} {
		if on {
			set(key, strconv.FormatBool(on))
		}
	}
	if res.Kind == config.Secret {
		r[keyContent] = []string{string(res.Content)}
	}
	r.sortSets()
	return r
}

// allOf is the finder of a secret: its content is one as a whole.
func allOf(_ string, values []string) [][][2]int {
	out := make([][][2]int, len(values))
	for i, v := range values {
		out[i] = [][2]int{{0, len(v)}}
	}
	return out
}

// ResourceLabels are the labels of a resource that is created for a step.
func (d *Digester) ResourceLabels(res config.Resource, managedBy, configID, salt string, secrets Finder) map[string]string {
	if res.Kind == config.Secret {
		secrets = allOf
	}
	return map[string]string{
		LabelManagedBy: managedBy,
		LabelConfigID:  configID,
		LabelResource:  res.Name,
		LabelConfig:    OfResource(res).Sealed(d, salt, res.Name, secrets).String(),
		LabelSalt:      salt,
	}
}

// ResourceChanges returns the keys in which a resource differs from what is recorded of it; readable is false where
// there is no such record.
func (d *Digester) ResourceChanges(res config.Resource, labels map[string]string) (keys []string, readable bool) {
	var recorded Record
	if labels[LabelConfig] != "{}" { // a volume without options
		var err error
		if recorded, err = Parse(labels[LabelConfig]); err != nil {
			return nil, false
		}
	}
	return d.Differ(OfResource(res), recorded, labels[LabelSalt], res.Name), true
}

// SecretName is what a secret is called on the host: with a suffix that another content has another one of, so that a
// changed secret stands beside the one that running containers use. It is derived from the slow digest.
func (d *Digester) SecretName(res config.Resource, salt string) string {
	sum := sha256.Sum256([]byte(d.Token(salt, res.Name, string(res.Content))))
	return strings.TrimSuffix(res.Name, "-") + "-" + hex.EncodeToString(sum[:4])
}
