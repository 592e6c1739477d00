#!/bin/sh
# Makes .venv hold what a lock says, and does nothing if it already does.
#   scripts/venv.sh base   what is needed to run
#   scripts/venv.sh dev    that, and the tools for tests and checks
# PYTHON names another interpreter to build it with.
set -eu
cd "$(dirname "$0")/.."
lock=$1

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

digest() { cksum <"requirements/$1.txt"; }

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3 python; do
        if fits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "KPI Tracker needs Python 3.11 or newer, and none was found. Install it, or name it: make PYTHON=/path/to/python3 …" >&2
    return 1
}

stamp=.venv/.holds
if fits .venv/bin/python && [ "$(cat "$stamp.$lock" 2>/dev/null)" = "$(digest "$lock")" ]; then
    exit 0
fi
if ! fits .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    echo "Making .venv with $("$python" --version) …"
    if ! "$python" -m venv --clear .venv; then
        echo "This Python cannot make an environment. On Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
fi
echo "Installing the packages of requirements/$lock.txt …"
.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r "requirements/$lock.txt"
digest "$lock" >"$stamp.$lock"
if [ "$lock" = dev ]; then # the dev lock holds everything of the base lock
    digest base >"$stamp.base"
fi
