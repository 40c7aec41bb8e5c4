#!/usr/bin/env bash
# make overcloud: a whole small OpenStack control plane on three nodes, in five steps, used by its own clients; then
# the same deployment again, which changes nothing. Run again, it goes on from what there is.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

started=$(date +%s%N)
times=()

# part NAME COMMAND...: with its time in the summary.
part() {
  local name=$1 start
  shift
  start=$(date +%s%N)
  "$@"
  times+=("$(printf '%-28s %7s s' "$name" "$(seconds_since "$start")")")
}

# The image takes the network and a core, the compiler and the nodes' image take the other one.
build() {
  local image_job
  overcloud_image &
  image_job=$!
  # One that is interrupted takes the other with it.
  trap 'kill "$image_job" 2>/dev/null || true' EXIT
  "$ROOT/scripts/build.sh" host
  "$ROOT/scripts/ssh-nodes.sh" image
  wait "$image_job" || exit 1
  trap - EXIT
}

secrets() {
  vault_password
  logged overcloud-secrets overcloud_playbook "$ROOT/playbooks/secrets.yml" \
    -e "overcloud_secrets_file=$OVERCLOUD/inventory/group_vars/all/secrets.yml" \
    -e "overcloud_vault_password_file=$OVERCLOUD/vault-password"
}

deploy() {
  overcloud_playbook "$ROOT/playbooks/deploy.yml" 2>&1 | tee "$LOGS/overcloud-$1.log" ||
    die "the deployment stopped; the message above names the host, the container and why" \
      "logs of the services on a node: $(sudo_prefix)podman exec paunch-ssh-overcloud-controller-0 ls /var/log/containers" \
      "go on from there:   make overcloud" \
      "start from nothing: make overcloud-clean overcloud"
}

# Every host says changed=0.
unchanged() {
  local changed
  changed=$(grep -E '^ +[a-z0-9-]+ +ok=[0-9]+ changed=[1-9]' "$LOGS/overcloud-again.log" || true)
  [ -z "$changed" ] || die "a second deployment changed something" "$changed"
}

verify() {
  overcloud_playbook "$ROOT/tests/overcloud/verify.yml" >"$LOGS/overcloud-verify.log" 2>&1 || {
    tail -n 40 "$LOGS/overcloud-verify.log" >&2
    die "the overcloud does not do what it should" "the whole output is in $LOGS/overcloud-verify.log"
  }
  sed -n 's/^ .* verified: /    /p' "$LOGS/overcloud-verify.log" | awk '!seen[$0]++'
}

sudo_prefix() { [ "$EUID" -eq 0 ] || printf 'sudo '; }

try_next() {
  cat <<NEXT

What to try next (docs/overcloud.md):
  make overcloud                 again: nothing changes
  make overcloud-test            changes, updates, failures and a scale-out, each with what must hold
  $(sudo_prefix)podman exec -it paunch-ssh-overcloud-controller-0 podman ps
  make overcloud-clean           nodes, image and secrets are gone
NEXT
}

main() {
  cd "$ROOT"
  part "packages and tools" scripts/setup.sh go ansible podman image fresh nodes
  . "$ROOT/scripts/overcloud-lib.sh"
  part "image, binary, nodes' image" build
  part "nodes" scripts/ssh-nodes.sh create overcloud "${NODES[@]}"
  part "secrets" secrets
  say "deploying on ${NODES[*]}"
  part "deployment" deploy first
  say "using what was deployed"
  part "verification" verify
  say "deploying again"
  part "second deployment" deploy again
  unchanged
  say "an overcloud, verified, and nothing changed by a second deployment, in $(seconds_since "$started") s"
  printf '    %s\n' "${times[@]}"
  try_next
}

main
