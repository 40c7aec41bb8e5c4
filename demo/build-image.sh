#!/usr/bin/env bash
# Builds the demo's one image out of Debian packages: MariaDB, memcached, HAProxy,
# Keystone and the openstack client, all at their Debian 13 versions (OpenStack
# 2025.1). An image of the same recipe is not built again.
#
# usage: build-image.sh [IMAGE]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
. "$ROOT/scripts/image-lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

build_image "${1:-$IMAGE}" "$RECIPE_LABEL" 3000 \
  mariadb-server memcached haproxy keystone python3-openstackclient \
  python3-pymysql python3-memcache curl procps ca-certificates
