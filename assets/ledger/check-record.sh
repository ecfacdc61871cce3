#!/bin/sh
# Checks the record that lies beside this file, with sh and openssl (1.1.1 or later) alone:
#
#   sh check.sh [VERIFIER-KEY]
#
# First the entries of the ledger (evidence/check.sh tells how), then whether the page and the data are
# those whose digests stand in the last of these entries. Ends with "all is as it was signed" and 0, or
# with "WRONG: …" and 1.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"

wrong() {
    echo "WRONG: $*" >&2
    exit 1
}

sh evidence/check.sh "$@" || wrong "the entries of the ledger do not hold"
last=
for entry in evidence/[0-9]*.json; do
    if grep -q '"action":"case.record"' "$entry"; then last=$entry; fi
done
[ -n "$last" ] || wrong "no entry tells of this record"
for part in data:record.json page:record.html; do
    file=${part#*:}
    [ -f "$file" ] || wrong "$file is missing"
    digest=$(openssl dgst -sha256 -r "$file" | cut -c 1-64)
    grep -q "\"${part%%:*}\":\"$digest\"" "$last" || wrong "$file is not the one that was written"
done
echo "page and data of this record: all is as it was signed"
