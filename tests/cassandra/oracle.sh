#!/bin/sh
# Runs oracle.py with a client that it needs, made on first use: for an old cluster pycassa where a
# Python 2.7 is there, else the Python driver in a virtual environment.
#
#   oracle.sh CACHE THRIFT_PORT CQL_PORT HOST KEYSPACE TEXT
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cache=$(cd "$1" && pwd)
shift

# Two tests at once would make the same installation.
if command -v flock >/dev/null; then
    exec 9>"$cache/lock"
    flock 9
fi

old_clients=
[ "$1" = - ] || old_clients="python2.7 ${PYENV_ROOT:-$HOME/.pyenv}/versions/2.7*/bin/python2.7"
for old in $old_clients; do
    "$old" -m pip --version >/dev/null 2>&1 || continue
    if [ ! -f "$cache/pycassa/complete" ]; then
        # The mark comes last, so that half an installation is not taken for a whole one.
        rm -rf "$cache/pycassa"
        "$old" -m pip install --quiet --disable-pip-version-check --target "$cache/pycassa" pycassa==1.11.2 >&2
        touch "$cache/pycassa/complete"
    fi
    PYTHONPATH=$cache/pycassa exec "$old" -B "$here/oracle.py" "$@" 9>&-
done

if [ ! -f "$cache/driver/complete" ]; then
    rm -rf "$cache/driver"
    python3 -m venv "$cache/driver"
    "$cache/driver/bin/python" -m pip install --quiet --disable-pip-version-check cassandra-driver==3.30.1 >&2
    touch "$cache/driver/complete"
fi
exec "$cache/driver/bin/python" -B "$here/oracle.py" "$@" 9>&-
