#!/usr/bin/env bash
# Runs a command in a clean Debian 12 root, with this machine's Swift toolchain, as a new machine would run it.
set -euo pipefail

readonly usage='Usage: Scripts/debian-root.sh ROOT [--volume FROM:TO]... [--workdir DIR] COMMAND...

  ROOT        the folder of the root; made by debootstrap if it is not there
  --volume    a folder to mount in it
  --workdir   the folder to run the command in (default: /)

Needs root. What the command changes outside of the mounted folders is gone when it ends.'

fail() {
    echo "debian-root: $*" >&2
    exit 1
}

[ $# -ge 2 ] || fail "$usage"
root=$1 workdir=/ volumes=()
shift
while [ $# -gt 0 ]; do
    case $1 in
    --volume) volumes+=("$2") && shift 2 ;;
    --workdir) workdir=$2 && shift 2 ;;
    *) break ;;
    esac
done
[ "$(id -u)" -eq 0 ] || fail "not root"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"

# The package source that this machine uses itself, and what it needs to reach it, Python's packages, and repositories.
mirror=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
    sed -nE 's/^(URIs:|deb)[[:space:]]+(https?:[^ ]*debian)\/?([[:space:]].*)?$/\2/p' | head -n 1 || true)
if [ ! -e "$root/ready" ]; then
    rm -rf "$root"
    mkdir -p "$root"
    debootstrap --variant=minbase --include=ca-certificates,git,make bookworm "$root" ${mirror:+"$mirror"} >"$root.log" 2>&1 ||
        fail "debootstrap failed; see $root.log"
    for file in /etc/apt/sources.list.d/debian.sources /etc/pip.conf /etc/gitconfig /root/.gitconfig /etc/resolv.conf \
        /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
        [ ! -e "$file" ] || cp -L "$file" "$root$file"
    done
    [ ! -e /etc/apt/sources.list.d/debian.sources ] || rm -f "$root/etc/apt/sources.list"
    touch "$root/ready"
fi
root=$(cd "$root" && pwd)
toolchain=$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")")
volumes+=("$toolchain:$toolchain")
while read -r folder; do
    [ ! -d "$folder" ] || volumes+=("$folder:$folder")
done < <(git config --get-regexp '^url\..*\.insteadof$' | sed -E 's/^url\.(.*)\.insteadof .*$/\1/' | sort -u)
if [ -n "${PIP_FIND_LINKS:-}" ] && [ -d "$PIP_FIND_LINKS" ]; then volumes+=("$PIP_FIND_LINKS:$PIP_FIND_LINKS"); fi

# In a mount namespace: no mount outlives the command.
export root workdir toolchain
exec unshare --mount --pid --fork --kill-child bash -euo pipefail -c '
    # A copy on write, in memory, of a root that stays clean.
    mount -t tmpfs none /mnt
    mkdir /mnt/upper /mnt/work /mnt/root
    mount -t overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
    root=/mnt/root
    for volume in "$@"; do
        shift
        [ "$volume" != -- ] || break
        mkdir -p "$root${volume#*:}"
        mount --rbind "${volume%%:*}" "$root${volume#*:}"
    done
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --rbind /sys "$root/sys"
    export HOME=/root LC_ALL=C.UTF-8 PATH="$toolchain/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    exec chroot "$root" sh -c "cd \"\$0\" && exec \"\$@\"" "$workdir" "$@"
' debian-root "${volumes[@]}" -- "$@"
