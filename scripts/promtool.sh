#!/usr/bin/env bash
# promtool out of Debian's package of Prometheus, into .data: nothing is installed or started. Its test is skipped without it.
set -euo pipefail
cd "$(dirname "$0")/.."
promtool=$PWD/.data/promtool
[ -x "$promtool" ] && exit 0
mkdir -p .data
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
apt-get download -qq prometheus 2>/dev/null || { apt-get update -qq && apt-get download -qq prometheus; }
dpkg-deb --fsys-tarfile prometheus_*.deb | tar --extract --to-stdout ./usr/bin/promtool > "$promtool.new"
chmod +x "$promtool.new"
mv "$promtool.new" "$promtool"
