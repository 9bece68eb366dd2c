#!/bin/sh
# Install what builds and reaches the machine of "make test-hardware", as
# root; the emulator and all in the machine are unpacked in .hardware/cache.
set -eu
packages="mmdebstrap openssh-client e2fsprogs"
# shellcheck disable=SC2086
if ! dpkg-query --show $packages >/dev/null 2>&1; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
        --no-install-recommends $packages
fi
