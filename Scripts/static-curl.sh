#!/usr/bin/env bash
# Builds a minimal static libcurl from the distribution's own source package and prints the folder of its libcurl.pc.
set -euo pipefail

# shellcheck disable=SC2016
readonly usage='Usage: Scripts/static-curl.sh plain|openssl [--cache DIR]

  plain      HTTP without TLS: enough for a function that speaks only the Lambda Runtime API
  openssl    HTTP with TLS and AWS request signing: for a function that calls AWS
  --cache    where to keep sources and builds (default: .build/static-curl)

Prints the folder to put in PKG_CONFIG_PATH. Progress goes to standard error.
Exit codes: 2 wrong usage, 3 something is missing here, 4 no source package, 5 the build failed.

Example: PKG_CONFIG_PATH="$(Scripts/static-curl.sh plain)" swift build --static-swift-stdlib'

readonly wrong_usage=2 missing_tool=3 no_source=4 build_failed=5

say() { printf 'static-curl: %s\n' "$*" >&2; }
fail() {
    local code=$1
    shift
    say "$*"
    exit "$code"
}

# The Swift toolchain brings a C compiler, so none needs to be installed beside it.
c_compiler() {
    if [ -n "${CC:-}" ]; then echo "$CC"; else command -v clang || command -v cc || echo missing; fi
}

require_tools() {
    local tool missing=()
    for tool in apt-get apt-cache dpkg-query; do
        command -v "$tool" >/dev/null || fail $missing_tool "this system has no $tool, so there is no Debian or Ubuntu source package to build from. Use the dynamic bundle (archive --dynamic)."
    done
    command -v cmake >/dev/null || missing+=(cmake)
    command -v make >/dev/null || missing+=(make)
    command -v dpkg-source >/dev/null || missing+=(dpkg-dev)
    [ "$(c_compiler)" != missing ] || missing+=(gcc)
    if [ "$flavour" = openssl ] && ! find_static_openssl >/dev/null; then missing+=(libssl-dev); fi
    [ ${#missing[@]} -eq 0 ] || fail $missing_tool "missing here: ${missing[*]}. Run Scripts/setup.sh, or: apt-get install ${missing[*]}"
}

find_static_openssl() {
    local folder
    for folder in "/usr/lib/$(dpkg --print-architecture | sed 's/amd64/x86_64/; s/arm64/aarch64/')-linux-gnu" /usr/lib /usr/local/lib; do
        if [ -f "$folder/libssl.a" ] && [ -f "$folder/libcrypto.a" ]; then
            echo "$folder"
            return
        fi
    done
    return 1
}

# Asked of the local package lists, so that a cached build needs no network; a security update changes the answer.
distribution_version() {
    LC_ALL=C apt-cache policy libcurl4-openssl-dev | awk '/Candidate:/ { print $2 }'
}

openssl_version() {
    dpkg-query --show --showformat='${Version}' libssl-dev 2>/dev/null || echo none
}

cache_key() {
    {
        cat "$script"
        distribution_version
        uname -m
        "$(c_compiler)" --version
        if [ "$flavour" = openssl ]; then openssl_version; fi
    } | sha256sum | cut -c1-16
}

# The machine's own sources with `deb` turned into `deb-src`, in a private folder: nothing of the system is changed.
write_source_lists() {
    local parts=$1 file
    mkdir -p "$parts"
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -f "$file" ] || continue
        sed -E 's/^Types:.*/Types: deb-src/I' "$file" >"$parts/$(basename "$file")"
    done
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -f "$file" ] || continue
        sed -nE 's/^[[:space:]]*deb([[:space:]])/deb-src\1/p' "$file" >"$parts/$(basename "$file" .list).list"
    done
}

download_source() {
    local into=$1 apt=$1/apt
    write_source_lists "$apt/parts"
    mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
    local options=(
        -qq
        -o Dir::Etc::sourcelist=/dev/null
        -o "Dir::Etc::sourceparts=$apt/parts"
        -o "Dir::State=$apt/state"
        -o Dir::State::status=/var/lib/dpkg/status
        -o "Dir::Cache=$apt/cache"
        -o APT::Sandbox::User=root
    )
    # A third-party source without source packages makes `update` fail; what counts is whether curl is found after it.
    apt-get "${options[@]}" update >"$apt/update.log" 2>&1 || true
    if ! (cd "$into" && apt-get "${options[@]}" source --download-only curl >"$apt/source.log" 2>&1); then
        tail -n 3 "$apt/update.log" "$apt/source.log" >&2 || true
        fail $no_source "the distribution's source of curl could not be fetched. Check the network and the package sources, then try again."
    fi
}

fetch_source() {
    local folder=$cache/source staging=$cache/source.$$
    if [ -f "$folder/version" ] && [ "$(cat "$folder/version")" = "$(distribution_version)" ]; then return; fi
    say "fetching the distribution's source of curl"
    rm -rf "$staging"
    mkdir -p "$staging"
    download_source "$staging"
    # apt has checked the signature already; dpkg-source would ask for the maintainer's own key.
    (cd "$staging" && dpkg-source --no-check --extract ./*.dsc curl) >"$staging/extract.log" 2>&1 ||
        fail $no_source "the source of curl could not be unpacked; see $staging/extract.log"
    distribution_version >"$staging/version"
    rm -rf "$folder" "$staging/apt"
    mv "$staging" "$folder"
}

# Every optional part is off: what a function does not call must cost it neither bytes nor start-up time.
cmake_options() {
    local common=(
        -DCMAKE_BUILD_TYPE=Release
        -DBUILD_SHARED_LIBS=OFF -DBUILD_STATIC_LIBS=ON -DBUILD_CURL_EXE=OFF -DBUILD_TESTING=OFF
        -DENABLE_MANUAL=OFF -DENABLE_CURL_MANUAL=OFF -DBUILD_LIBCURL_DOCS=OFF -DBUILD_MISC_DOCS=OFF
        -DPICKY_COMPILER=OFF -DCURL_ENABLE_EXPORT_TARGET=OFF
        -DHTTP_ONLY=ON -DCURL_DISABLE_ALTSVC=ON -DCURL_DISABLE_COOKIES=ON -DCURL_DISABLE_DOH=ON
        -DCURL_DISABLE_HSTS=ON -DCURL_DISABLE_NETRC=ON -DCURL_DISABLE_NTLM=ON -DCURL_DISABLE_MIME=ON
        -DCURL_DISABLE_GETOPTIONS=ON -DCURL_DISABLE_PROGRESS_METER=ON -DENABLE_UNIX_SOCKETS=OFF
        -DCURL_ZLIB=OFF -DCURL_BROTLI=OFF -DCURL_ZSTD=OFF -DUSE_NGHTTP2=OFF -DUSE_LIBIDN2=OFF -DCURL_USE_LIBPSL=OFF
        -DCURL_USE_LIBSSH2=OFF -DCURL_USE_LIBSSH=OFF -DCURL_USE_GSSAPI=OFF -DCURL_USE_OPENLDAP=OFF -DENABLE_ARES=OFF
    )
    # The Runtime API asks for no credentials.
    local plain=(
        -DCURL_ENABLE_SSL=OFF -DENABLE_THREADED_RESOLVER=OFF -DCURL_DISABLE_CRYPTO_AUTH=ON
        -DCURL_DISABLE_BASIC_AUTH=ON -DCURL_DISABLE_BEARER_AUTH=ON -DCURL_DISABLE_DIGEST_AUTH=ON
        -DCURL_DISABLE_KERBEROS_AUTH=ON -DCURL_DISABLE_NEGOTIATE_AUTH=ON -DCURL_DISABLE_AWS=ON
    )
    # The default bundle is where Amazon Linux keeps it: the build machine's own would be baked in otherwise.
    local openssl=(
        -DCURL_ENABLE_SSL=ON -DCURL_USE_OPENSSL=ON -DOPENSSL_USE_STATIC_LIBS=ON -DENABLE_THREADED_RESOLVER=ON
        -DCURL_CA_BUNDLE=/etc/pki/tls/certs/ca-bundle.crt -DCURL_CA_PATH=none
    )
    printf '%s\n' "${common[@]}"
    if [ "$flavour" = plain ]; then printf '%s\n' "${plain[@]}"; else printf '%s\n' "${openssl[@]}"; fi
}

configure_and_build() {
    local source=$cache/source/curl work=$1 prefix=$2
    local options
    mapfile -t options < <(cmake_options)
    # One section per function lets the linker drop what is unused; no exception passes through C, so it needs no unwind
    # tables; the prefix map keeps folder names out of the result.
    CC="$(c_compiler)" CFLAGS="-O2 -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -ffile-prefix-map=$source=curl -ffile-prefix-map=$work=curl" \
        cmake -S "$source" -B "$work" -Wno-dev "${options[@]}" -DCMAKE_INSTALL_PREFIX="$prefix"
    cmake --build "$work" --target libcurl_static --parallel "$(nproc)" 2>/dev/null ||
        cmake --build "$work" --target libcurl --parallel "$(nproc)"
}

install_library() {
    local work=$1 prefix=$2
    mkdir -p "$prefix/lib/pkgconfig" "$prefix/include"
    cp "$work/lib/libcurl.a" "$prefix/lib/"
    cp -R "$cache/source/curl/include/curl" "$prefix/include/"
}

# Only -I, -L and -l: SwiftPM refuses every other flag that pkg-config could give.
write_pkg_config() {
    local folder=$1 libraries='-lcurl'
    [ "$flavour" = plain ] || libraries="-lcurl -L$(find_static_openssl) $(openssl_libraries)"
    cat >"$folder/libcurl.pc" <<PC
Name: libcurl
Description: minimal static libcurl ($flavour)
Version: $(cat "$cache/source/version")
Libs: -L\${pcfiledir}/.. $libraries
Cflags: -I\${pcfiledir}/../../include
PC
}

openssl_libraries() {
    local all
    all=$(pkg-config --static --libs-only-l openssl 2>/dev/null || echo '-lssl -lcrypto -ldl')
    echo "$all" | tr ' ' '\n' | grep -E '^-l' | tr '\n' ' '
}

check_library() {
    local archive=$1/lib/libcurl.a
    [ "$flavour" = plain ] && return
    # A function signs its requests to AWS by libcurl itself; without this one every call would be refused.
    nm "$archive" 2>/dev/null | grep ' T Curl_output_aws_sigv4' >/dev/null ||
        fail $build_failed "this version of curl ($(cat "$cache/source/version")) was built without AWS request signing (CURLOPT_AWS_SIGV4)."
}

build() {
    local prefix=$1 key=$2 work=$cache/work-$flavour log=$cache/$flavour.log
    fetch_source
    say "building libcurl $(cat "$cache/source/version") ($flavour); this is done once"
    rm -rf "$work" "$prefix"
    configure_and_build "$work" "$prefix" >"$log" 2>&1 || {
        tail -n 15 "$log" >&2
        fail $build_failed "libcurl could not be built; the whole log is in $log"
    }
    install_library "$work" "$prefix"
    write_pkg_config "$prefix/lib/pkgconfig"
    check_library "$prefix"
    rm -rf "$work"
    echo "$key" >"$prefix/key"
}

flavour=
cache=.build/static-curl
while [ $# -gt 0 ]; do
    case $1 in
    plain | openssl) flavour=$1 ;;
    tls) flavour=openssl ;;
    --cache) cache=${2:?--cache needs a folder} && shift ;;
    -h | --help) echo "$usage" && exit 0 ;;
    *) fail $wrong_usage "unknown argument '$1'. $usage" ;;
    esac
    shift
done
[ -n "$flavour" ] || fail $wrong_usage "which libcurl? $usage"

script=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/$(basename "${BASH_SOURCE[0]}")
readonly script flavour
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
readonly cache

require_tools
key=$(cache_key)
prefix=$cache/$flavour
# Two archives may be made at once; the second waits and then finds the first one's build.
exec 9>"$cache/lock"
flock 9
if [ "$(cat "$prefix/key" 2>/dev/null)" != "$key" ]; then build "$prefix" "$key"; fi
echo "$prefix/lib/pkgconfig"
