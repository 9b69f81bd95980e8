#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Installs what building and testing need, on Debian and its kin, through apt. Does nothing when all
# is there. Without the right to install, or on another system, names what is missing and stops.
set -eu

packages="gcc-arm-none-eabi libnewlib-arm-none-eabi picolibc-arm-none-eabi qemu-system-arm gdb-multiarch
libstdc++-arm-none-eabi-newlib nlohmann-json3-dev dpkg-dev lua5.4 cmake ninja-build
gcc libc6-dev libcmocka-dev pkg-config python3 python3-pyelftools python3-yaml clang-format"

stop() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

# One word a line on purpose: shellcheck's quoting would make the list one word.
words() {
    # shellcheck disable=SC2086
    printf '%s\n' $1
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    stop "this system has no apt; install the equivalents of these Debian packages: $(words "$packages" | tr '\n' ' ')"
fi

# shellcheck disable=SC2046
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $(words "$packages") 2>/dev/null |
    sed -n 's/^installed //p') || true
missing=
for package in $packages; do
    case "
$installed
" in
    *"
$package
"*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
        stop "not root, and sudo asks for a password; as root, run: apt-get install$missing"
    fi
    as_root="sudo -n"
fi

echo "setup: installing$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get -q update || stop "apt-get update failed; missing packages:$missing"
# shellcheck disable=SC2086
$as_root apt-get -q -y install --no-install-recommends $missing ||
    stop "apt-get could not install:$missing"
echo "setup: done"
