#!/bin/sh
# Browser tests use the distribution's chromium. Installs it where we may; elsewhere says how, and those tests are skipped.
set -eu
if command -v chromium >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium for the browser tests …"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null
else
    echo "No chromium here: the browser tests will be skipped. On Debian: apt-get install chromium"
fi
