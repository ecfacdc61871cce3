#!/bin/sh
# Checks the record that lies beside this file, with sh, openssl (1.1.1 or later) and the ordinary tools
# of a system:
#
#   sh check.sh [VERIFIER-KEY]
#
# First the entries of the ledger (evidence/check.sh tells how), then whether the page, the data and the
# list of entries are those whose digests stand in the last of these entries: none is missing, none was
# added. Ends with "all is as it was signed" and 0, or with "WRONG: …" and 1. The two scripts are not
# covered: whoever does not trust them takes them from elsewhere.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"

wrong() {
    # Names of files may hold anything.
    printf 'WRONG: %s\n' "$*" | tr -d '\001-\011\013-\037\177' >&2
    exit 1
}

for file in evidence/* evidence/.*; do
    [ -e "$file" ] || [ -L "$file" ] || continue
    case ${file#evidence/} in
        . | .. | checkpoint | verifier-key | check.sh) ;;
        [0-9]*.json | [0-9]*.proof) [ -f "$file" ] || wrong "$file is not a file" ;;
        *) wrong "$file is not part of the record" ;;
    esac
done
sh evidence/check.sh "$@" || wrong "the entries of the ledger do not hold"
# The entries by name: digits alone, as was found above.
entries() { ls evidence | grep '^[0-9]*\.json$'; }
last=$(entries | (cd evidence && xargs -n 500 grep -l '"action":"case.record"') | tail -n 1)
[ -n "$last" ] || wrong "no entry tells of this record"
for part in data:record.json page:record.html; do
    file=${part#*:}
    [ -f "$file" ] || wrong "$file is missing"
    digest=$(openssl dgst -sha256 -r "$file" | cut -c 1-64)
    grep -q "\"${part%%:*}\":\"$digest\"" "evidence/$last" || wrong "$file is not the one that was written"
done

# The other entries, by name, a line each.
digest=$(entries | grep -v -x -F "$last" | sed 's/\.json$//' | openssl dgst -sha256 -r | cut -c 1-64)
grep -q "\"entries\":\"$digest\"" "evidence/$last" || wrong "entries of the record are missing, or others were added"
others=0
for file in * .*; do
    case $file in
        . | .. | check.sh | evidence | record.html | record.json) ;;
        *) [ ! -e "$file" ] || others=$((others + 1)) ;;
    esac
done
[ "$others" -eq 0 ] || echo "note: $others other files lie beside the record, which are not part of it"
echo "page, data and entries of this record: all is as it was signed"
