#!/usr/bin/env bash
# Installs the command line on this host: the binary, man pages, completion of bash, zsh and fish.
#
# usage: install.sh install|uninstall|test   PREFIX=/usr/local, DESTDIR for packages
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PREFIX=${PREFIX:-/usr/local}
DESTDIR=${DESTDIR:-}
TARGET=$DESTDIR$PREFIX
COMPLETIONS=(bash:share/bash-completion/completions/paunch zsh:share/zsh/site-functions/_paunch fish:share/fish/vendor_completions.d/paunch.fish)

# put FILE PATH MODE: as root where the directory needs it.
put() {
  local run=()
  writable "$TARGET" || run=(as_root)
  "${run[@]}" install -D -m "$3" "$1" "$TARGET/$2"
}

# writable PATH: whether this user may write there, or into the nearest parent that exists.
writable() {
  local path=$1
  while [ ! -e "$path" ]; do path=$(dirname "$path"); done
  [ -w "$path" ]
}

install_all() {
  local work shell
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the directory of this call
  trap "rm -rf '$work'" RETURN
  mkdir "$work/man"
  CGO_ENABLED=0 "$ROOT/scripts/go" run -tags "$GO_TAGS" ./module/internal/manpages "$work/man"
  put build/paunch bin/paunch 0755
  for page in "$work"/man/*.1; do put "$page" "share/man/man1/$(basename "$page")" 0644; done
  for shell in "${COMPLETIONS[@]}"; do
    build/paunch completion "${shell%%:*}" >"$work/completion"
    put "$work/completion" "${shell#*:}" 0644
  done
  say "installed $("$TARGET/bin/paunch" version) into $TARGET"
}

uninstall() {
  local run=() shell files=("$TARGET/bin/paunch" "$TARGET"/share/man/man1/paunch{,-*}.1)
  for shell in "${COMPLETIONS[@]}"; do files+=("$TARGET/${shell#*:}"); done
  writable "$TARGET" || run=(as_root)
  "${run[@]}" rm -f "${files[@]}"
}

# test_install: into an empty directory; each thing works, and nothing is left of it.
test_install() {
  DESTDIR=$(mktemp -d)
  TARGET=$DESTDIR$PREFIX
  install_all
  "$TARGET/bin/paunch" apply --help >/dev/null || die "the installed program does not run"
  [ -s "$TARGET/share/man/man1/paunch-apply.1" ] || die "the man page of apply is missing"
  bash -c ". '$TARGET/share/bash-completion/completions/paunch' && complete -p paunch" >/dev/null || die "bash does not complete paunch"
  uninstall
  [ -z "$(find "$DESTDIR" -type f)" ] || die "uninstall leaves $(find "$DESTDIR" -type f | head -n 3)"
  rm -rf "$DESTDIR"
}

main() {
  cd "$ROOT"
  case ${1:-} in
    install) install_all ;;
    uninstall) uninstall ;;
    test) test_install ;;
    *) die "usage: install.sh install|uninstall|test" ;;
  esac
}

main "$@"
