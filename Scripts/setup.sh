#!/usr/bin/env bash
# Installs what building, testing and the demonstration need and this machine lacks, and says what it installs.
# `setup.sh archive` installs only what `swift package archive` needs; APT_ARCHIVES names a folder to keep packages in.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# One release of the tools for everyone, so that the same commit gives the same verdict next year. aws-sam-cli brings
# AWS's Runtime Interface Emulator, and names the cfn-lint that it works with; moto stands in for DynamoDB; the
# idempotency layer shares a table with Powertools.
readonly python_packages=(aws-sam-cli==1.170.0 cfn-lint==1.58.0 "moto[server]==5.2.5" aws-lambda-powertools==3.37.0)
# A Swift toolchain that was unpacked by hand needs the first ones to start and to link.
readonly archive_packages=(
    ca-certificates g++ git libncurses6 libsqlite3-0 libxml2-dev tzdata
    cmake dpkg-dev libc6-dev libcurl4-openssl-dev libssl-dev make pkg-config zip zlib1g-dev
)
readonly test_packages=(curl debootstrap file openssl python3 python3-venv unzip util-linux)
readonly venv=.build/venv

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "not root, and there is no sudo. Run this as root: $*"
    fi
}

missing_apt_packages() {
    local package status
    for package in "$@"; do
        status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$status" = installed ] || echo "$package"
    done
}

refresh_package_lists() {
    as_root apt-get update -qq >/dev/null || say "the package lists could not all be refreshed; going on with what there is"
}

install_system_packages() {
    if ! command -v apt-get >/dev/null; then
        say "this system has no apt-get. Make sure of these, or their like: $*"
        return
    fi
    local missing options=()
    mapfile -t missing < <(missing_apt_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing the packages ${missing[*]}"
    refresh_package_lists
    if [ -n "${APT_ARCHIVES:-}" ]; then
        mkdir -p "$APT_ARCHIVES/partial"
        options=(-o "Dir::Cache::archives=$APT_ARCHIVES" -o APT::Sandbox::User=root)
    fi
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get "${options[@]}" install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        fail "apt-get could not install them. Try: apt-get update && apt-get install ${missing[*]}"
}

# A package of chromium that is the browser itself, not a stub that asks for snap. The output is taken whole: `grep -q`
# would close the pipe at its first match, and pipefail calls that a failure.
has_chromium_package() {
    local description
    description=$(apt-cache policy chromium 2>/dev/null; apt-cache show chromium 2>/dev/null)
    grep -q 'Candidate: [0-9]' <<<"$description" && ! grep -qi snap <<<"$description"
}

# For the tests of the simulation's report alone, which say where they were left out.
install_browser() {
    local name
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null; then return; fi
    done
    command -v apt-get >/dev/null || return 0
    # A new machine has no package lists, and then none of any package.
    has_chromium_package || refresh_package_lists
    if has_chromium_package; then
        say "installing the package chromium"
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null ||
            say "chromium could not be installed; the tests of the report will be left out"
    else
        say "there is no package of chromium; the tests of the report will be left out"
    fi
}

install_python_tools() {
    say "installing ${python_packages[*]} into $venv"
    rm -rf "$venv"
    python3 -m venv "$venv" || fail "python3 cannot make a virtual environment. Install python3-venv."
    "$venv/bin/pip" install --quiet --disable-pip-version-check "${python_packages[@]}" ||
        fail "pip could not install ${python_packages[*]}. Check the network, then run this again."
}

check_swift() {
    command -v swift >/dev/null ||
        fail "there is no swift on the PATH. Install Swift 6.2 or newer: https://www.swift.org/install/linux"
    [ $# -eq 0 ] || swift --version >/dev/null 2>&1 || fail "swift does not start: $(swift --version 2>&1 | tail -n 1)"
}

check_swift
if [ "${1:-}" = archive ]; then
    install_system_packages "${archive_packages[@]}"
    check_swift starts
    exit 0
fi
stamp=.build/setup-done
key="$(sha256sum <"Scripts/setup.sh" | cut -c1-16) $PWD"
if [ "$(cat "$stamp" 2>/dev/null)" = "$key" ] && [ -x "$venv/bin/sam" ]; then exit 0; fi
mkdir -p .build
install_system_packages "${archive_packages[@]}" "${test_packages[@]}"
check_swift starts
install_browser
install_python_tools
echo "$key" >"$stamp"
say "done"
