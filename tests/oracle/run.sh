#!/bin/sh
# Holds the legal clock against an implementation of its own in Python, whose public holidays come from
# the package `holidays`, for every day of receipt from 2018-01-01 to 2050-12-31.
#
#   tests/oracle/run.sh PATH_TO_DSR
#
# Makes a virtual environment of its own on first use, under $DSR_TEST_CACHE or
# target/test-cache, named after the pinned requirements.
set -eu

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
    echo "usage: tests/oracle/run.sh PATH_TO_DSR" >&2
    exit 2
fi
dsr=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
cache=${DSR_TEST_CACHE:-$here/../../target/test-cache}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
pins=$(cksum < "$here/requirements.txt" | cut -d ' ' -f 1)
venv=$cache/python-oracle-$pins

if [ ! -f "$venv/complete" ]; then
    # The mark comes last, so that a broken-off installation is not taken for a whole one.
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
    touch "$venv/complete"
fi
exec "$venv/bin/python" -B "$here/clock.py" "$dsr"
