#!/usr/bin/env bash
# Runs `make TARGET…` in a fresh clone as an ordinary user, twice in a row, to see that nothing
# needs root, that a second run works, and that no process stays behind. To be run as root.
#
#   deploy/ci/as-user.sh [--keep] [--times N] [--user NAME] TARGET…
#
#   --keep    leave the user and its clone for another look (the next run uses them again)
#   --times   how often each target is run (2)
#   --user    name of the user, made when missing (xuanhao-dev)
#
# The clone holds what is committed. The user gets root's toolchain as a copy that it can read, and
# the crates that root has downloaded already.
set -euo pipefail

user=xuanhao-dev
times=2
keep=false
while [ $# -gt 0 ]; do
  case $1 in
    --keep) keep=true ;;
    --times) times=$2; shift ;;
    --user) user=$2; shift ;;
    -*) echo "unknown option $1" >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done
[ $# -gt 0 ] || { sed -n '2,/^set /{s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo 'this script makes a user: run it as root' >&2; exit 64; }

root=$(cd "$(dirname "$0")/../.." && pwd)
if ! id "$user" >/dev/null 2>&1; then
  useradd --create-home --shell /bin/bash "$user"
fi
home=$(getent passwd "$user" | cut -d: -f6)

# No list of processes is asked of ps: a small machine has none.
processes() {
  local uid status
  uid=$(id -u "$user")
  for status in /proc/[0-9]*/status; do
    awk -v uid="$uid" '
      /^Name:/ { name = $2 } /^State:/ { state = $2 } /^Pid:/ { pid = $2 }
      /^Uid:/ { if ($3 == uid && state != "Z") print pid, name }' "$status" 2>/dev/null || true
  done
}

leave() {
  local left
  left=$(processes)
  if [ -n "$left" ]; then
    cut -d' ' -f1 <<<"$left" | xargs --no-run-if-empty kill -KILL || true
  fi
  if ! $keep; then
    rm -rf /var/tmp/xuanhao-*-u"$(id -u "$user")"
    userdel --remove "$user" >/dev/null 2>&1 || true
  fi
}
trap leave EXIT

# root's home is closed to others, and with it the toolchain.
sysroot=$(cd "$root" && rustc --print sysroot)
toolchain=/var/tmp/xuanhao-rust-$(rustc --version | cut -d' ' -f2)
if [ ! -d "$toolchain" ]; then
  cp -a --reflink=auto "$sysroot" "$toolchain.part"
  chmod -R a+rX "$toolchain.part"
  mv "$toolchain.part" "$toolchain"
fi
if [ ! -d "$home/.cargo/registry" ] && [ -d "${CARGO_HOME:-$HOME/.cargo}/registry" ]; then
  mkdir -p "$home/.cargo"
  cp -a --reflink=auto "${CARGO_HOME:-$HOME/.cargo}/registry" "$home/.cargo/registry"
fi
if [ -d "$home/xuanhao" ]; then
  git -c safe.directory='*' -C "$home/xuanhao" pull --quiet --ff-only "$root" HEAD
else
  git clone --quiet "$root" "$home/xuanhao"
fi
chown -R "$user:" "$home/.cargo" "$home/xuanhao"

for target in "$@"; do
  for run in $(seq "$times"); do
    echo "=== make $target as $user, run $run of $times"
    started=$(date +%s)
    setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups \
      env -i HOME="$home" USER="$user" LOGNAME="$user" LANG=C.UTF-8 ${CI:+CI="$CI"} \
      PATH="$toolchain/bin:/usr/local/bin:/usr/bin:/bin" \
      make --no-print-directory -C "$home/xuanhao" "$target" </dev/null
    # What was told to stop may take a moment.
    for _ in $(seq 50); do
      left=$(processes)
      [ -z "$left" ] && break
      sleep 0.1
    done
    if [ -n "$left" ]; then
      printf '=== make %s left processes behind:\n%s\n' "$target" "$left" >&2
      exit 1
    fi
    echo "=== make $target, run $run: passed in $(($(date +%s) - started)) s, no process left"
  done
done
