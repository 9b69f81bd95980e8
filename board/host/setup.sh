#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Installs what building and testing need, on Debian and its kin, through apt. Does nothing when all
# is there. Without the right to install, or on another system, names what is missing and stops.
#
# setup.sh --optional PACKAGE...: installs these beside, or says that it cannot and goes on.
set -eu

packages="gcc-arm-none-eabi libnewlib-arm-none-eabi picolibc-arm-none-eabi qemu-system-arm gdb-multiarch
gcc libc6-dev libcmocka-dev pkg-config python3 python3-pyelftools clang-format"
optional=
if [ "${1-}" = --optional ]; then
    shift
    optional="$*"
fi

stop() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

# One word a line on purpose: shellcheck's quoting would make the list one word.
words() {
    # shellcheck disable=SC2086
    printf '%s\n' $1
}

# Those of a list that are not installed, each behind a space.
missing_of() {
    # shellcheck disable=SC2046
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $(words "$1") 2>/dev/null |
        sed -n 's/^installed //p') || true
    for package in $1; do
        case "
$installed
" in
        *"
$package
"*) ;;
        *) printf ' %s' "$package" ;;
        esac
    done
}

without() {
    printf 'setup: %s; what needs them is skipped:%s\n' "$1" "$missing_optional"
    exit 0
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    stop "this system has no apt; install the equivalents of these Debian packages: $(words "$packages" | tr '\n' ' ')"
fi

missing=$(missing_of "$packages")
missing_optional=
[ -z "$optional" ] || missing_optional=$(missing_of "$optional")
[ -n "$missing$missing_optional" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
        [ -z "$missing" ] ||
            stop "not root, and sudo asks for a password; as root, run: apt-get install$missing"
        without "not root, and sudo asks for a password, for these packages"
    fi
    as_root="sudo -n"
fi

echo "setup: installing$missing$missing_optional"
export DEBIAN_FRONTEND=noninteractive
if ! $as_root apt-get -q update; then
    [ -z "$missing" ] || stop "apt-get update failed; missing packages:$missing"
    without "apt-get update failed, for these packages"
fi
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086
    $as_root apt-get -q -y install --no-install-recommends $missing ||
        stop "apt-get could not install:$missing"
fi
if [ -n "$missing_optional" ]; then
    # shellcheck disable=SC2086
    $as_root apt-get -q -y install --no-install-recommends $missing_optional ||
        without "apt-get could not install these packages"
fi
echo "setup: done"
