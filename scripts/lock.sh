#!/bin/sh
# Resolves requirements/*.in into requirements/*.txt: exact versions with hashes for every platform, and no address of
# the index they were found at. Versions that still fit stay; `--upgrade` takes the newest. uv only resolves, pip installs.
set -eu
cd "$(dirname "$0")/.."
tool=var/lock-tool
scripts/venv.sh base
[ -x $tool/bin/uv ] || .venv/bin/python -m venv $tool
$tool/bin/python -m pip install -qq --disable-pip-version-check uv==0.13.9
for name in base dev; do
    $tool/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
        "$@" "requirements/$name.in" -o "requirements/$name.txt"
done
if grep -n "://" requirements/*.txt; then
    echo "An address got into a lock file; take it out before committing." >&2
    exit 1
fi
