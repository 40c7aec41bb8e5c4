package docblocks_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/docblocks"
)

const root = "../../.."

// here are the blocks that TestTheBlocksOfTheDocumentation runs on a Podman of its own.
var here = []string{
	"README.md: paunch apply --file /var/lib/config/step_4 --step 4 --check --diff    # what would change",
	"docs/ansible.md: paunch report results                      # a table: one row for each host and step",
	"docs/history.md: paunch status --file /var/lib/paunch-config/step_4 --step 4 -o prometheus > /var/lib/node_exporter/paunch.tmp",
}

// elsewhere are the blocks that need more than a Podman, with the reason and the target of make that runs them.
var elsewhere = map[string]string{
	"README.md: make install":    "writes to /usr/local; make install-test does the same into an empty directory",
	"README.md: make collection": "installs for the user; make collection-test does the same into an empty directory",
	"README.md: make demo     # a real control plane: MariaDB, memcached, HAProxy, Keystone in steps 1-4, and a token at the end": "takes minutes: make demo-test",
	"docs/ansible.md: make nodes collection":                    "needs three nodes: make docs-test",
	"docs/ansible.md: make build":                               "needs Ansible: make docs-test",
	"docs/history.md: paunch history --config-id tripleo_step4": "needs a journal: TestTheHistoryBlockOfTheDocumentation of make services-test",
	"docs/overcloud.md: make overcloud          # image, nodes, deployment, verification, and a second deployment that changes nothing":                                                                                "takes an hour: make overcloud-test",
	"docs/overcloud.md: ansible-playbook overcloud.paunch.secrets -i inventory.yml --vault-password-file FILE \\\n    -e overcloud_secrets_file=$PWD/group_vars/all/secrets.yml -e overcloud_vault_password_file=FILE": "has FILE for the reader's own; make overcloud runs these playbooks",
	"docs/releases.md: gpgv --keyring ./release.gpg SHA256SUMS.asc SHA256SUMS":                                                                                                                                         "needs a release and its key: make release-test",
	"docs/updates.md: paunch apply --file web.yml --step 1":                                                                                                                                                            "has a config of its own: TestTheExampleOfChangesInPlaceIsTrue of make real",
	"docs/verbs.md: paunch pull --all /var/lib/config/steps.yml":                                                                                                                                                       "has a config of its own: TestTheExamplesOfVerbsDoWhatTheirPageSays of make real",
}

// TestEveryBlockIsRunByATest also demands that no block is listed which is no more, and that the targets exist.
func TestEveryBlockIsRunByATest(t *testing.T) {
	blocks, err := docblocks.All(root)
	if err != nil {
		t.Fatal(err)
	}
	var found, listed []string
	for _, b := range blocks {
		found = append(found, b.Title())
	}
	makefile, err := os.ReadFile(root + "/Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for title, reason := range elsewhere {
		listed = append(listed, title)
		for _, target := range regexp.MustCompile(`make ([a-z-]+)`).FindAllStringSubmatch(reason, -1) {
			if !strings.Contains(string(makefile), "\n"+target[1]+":") {
				t.Errorf("%s: %q names the target %s, which there is not", title, reason, target[1])
			}
		}
	}
	listed = append(listed, here...)
	slices.Sort(listed)
	slices.Sort(found)
	if diff := cmp.Diff(listed, found); diff != "" {
		t.Errorf("blocks that are listed here (-) and those of the pages (+):\n%s", diff)
	}
}

func TestABlocksCommandsAreTheLinesAfterAPrompt(t *testing.T) {
	text := "before\n```console\n$ one \\\n    more\noutput\n# two    # comment\n```\n```yaml\n# three\n```\n"
	got := docblocks.Fences(text, "console")
	if diff := cmp.Diff([]string{"$ one \\\n    more\noutput\n# two    # comment\n"}, got); diff != "" {
		t.Error(diff)
	}
}
