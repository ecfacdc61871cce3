#!/bin/sh
# Checks the evidence that lies beside this file, with sh, openssl (1.1.1 or later) and the ordinary
# tools of a system:
#
#   sh check.sh [VERIFIER-KEY]
#
# VERIFIER-KEY is the key as you know it from elsewhere. Without it the file verifier-key is taken,
# which shows that nothing was changed since whoever holds that key signed it, but not who that is.
#
# A record (0000….json beside 0000….proof): each entry is proven to stand in the signed tree.
# A log (log/): the tree is built anew from all entries, and every tile is compared. Ends with
# "all is as it was signed" and 0, or with "WRONG: …" and 1.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

wrong() {
    # Names of files may hold anything.
    printf 'WRONG: %s\n' "$*" | tr -d '\001-\011\013-\037\177' >&2
    exit 1
}
sha() { openssl dgst -sha256 -binary; }
same() { cmp -s "$1" "$2" || wrong "$3"; }
line() { sed -n "$1p" "$2"; }

# The key: name, id, and 33 bytes of which the first says Ed25519.
key=${1:-$(cat verifier-key)}
name=${key%%+*}
rest=${key#*+}
id=${rest%%+*}
printf %s "${rest#*+}" | openssl base64 -d -A >"$work/key"
[ "$(openssl base64 -e -A -in "$work/key")" = "${rest#*+}" ] || wrong "the key is not written as it should be"
[ "$(od -An -v -tx1 "$work/key" | tr -d ' \n' | cut -c 1-2)" = 01 ] || wrong "the key is not Ed25519"
[ "$(wc -c <"$work/key")" -eq 33 ] || wrong "the key has another length"
tail -c 32 "$work/key" >"$work/public"
{ printf '%s\n\001' "$name" && cat "$work/public"; } | sha | head -c 4 >"$work/id"
[ "$(od -An -v -tx1 "$work/id" | tr -d ' \n')" = "$id" ] || wrong "the key does not have its id"
printf '%s\n' "$key" >"$work/key-file"
same verifier-key "$work/key-file" "verifier-key is another key, or holds more than one"
# The same key in the form that openssl reads.
{ printf '\060\052\060\005\006\003\053\145\160\003\041\000' && cat "$work/public"; } >"$work/key.der"

# The checkpoint: three lines, an empty one, and signatures.
if [ -d log ]; then note=log/checkpoint; else note=checkpoint; fi
head -n 3 "$note" >"$work/text"
origin=$(line 1 "$note")
size=$(line 2 "$note")
[ "$origin" = "$name" ] || wrong "the checkpoint is of another log than the key"
case $size in '' | *[!0-9]* | 0?*) wrong "the checkpoint tells no size" ;; esac
line 3 "$note" | openssl base64 -d -A >"$work/root"
[ "$(wc -c <"$work/root")" -eq 32 ] || wrong "the checkpoint tells no root"
{ cat "$work/text" && echo; } >"$work/note"
signed=no
sed '1,4d' "$note" >"$work/signatures"
while IFS= read -r signature; do
    coded=${signature#"— $name "}
    [ "$signature" != "$coded" ] || wrong "below the checkpoint stands something else than a signature"
    printf '%s\n' "$signature" >>"$work/note"
    printf %s "$coded" | openssl base64 -d -A >"$work/signature"
    [ "$(openssl base64 -e -A -in "$work/signature")" = "$coded" ] || wrong "a signature is not written as it should be"
    head -c 4 "$work/signature" >"$work/by"
    if cmp -s "$work/by" "$work/id"; then
        tail -c +5 "$work/signature" >"$work/raw"
        openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin -in "$work/text" \
            -sigfile "$work/raw" >/dev/null 2>&1 || wrong "the signature of the checkpoint does not hold"
        signed=yes
    else
        echo "note: the checkpoint is signed by another key too, which is not checked here"
    fi
done <"$work/signatures"
[ "$signed" = yes ] || wrong "the checkpoint is not signed by the key"
same "$note" "$work/note" "the checkpoint holds more than was signed"

# Digests of all files of the directory "pieces", in the order of their names, into the file $1.
digest() {
    bytes=$(($(ls "$work/pieces" | wc -l) * 32))
    (cd "$work/pieces" && ls | xargs -n 500 openssl dgst -sha256 -binary) >"$work/$1"
    [ "$(wc -c <"$work/$1")" -eq "$bytes" ] || wrong "the hashes could not be made; is there room in $work?"
    rm -rf "$work/pieces"
}

# Carries out the file "pairs", which writes a piece for each of its lines.
pieces() {
    (cd "$work/pieces" && sh -e "$work/pairs" && [ "$(ls | wc -l)" -eq "$(wc -l <"$work/pairs")" ]) ||
        wrong "the hashes could not be made; is there room in $work?"
}

# A record: each proof is read, then the hashes above all entries are made level by level, those of a level
# together, since a process for each would take minutes.
note_text=$(cat "$note")
entries=0
mkdir "$work/pieces"
: >"$work/todo"
: >"$work/meant"
: >"$work/proven"
for proof in [0-9]*.proof; do
    [ -f "$proof" ] || continue
    entry=${proof%.proof}.json
    [ -f "$entry" ] || wrong "$entry is missing"
    at=none path=
    {
        IFS= read -r coded || :
        IFS= read -r coded || :
        at=${coded#index }
        while IFS= read -r coded && [ -n "$coded" ]; do
            case $coded in *[!A-Za-z0-9+/=]*) wrong "$proof is not written as it should be" ;; esac
            path="$path $coded"
        done
    } <"$proof"
    case $at in '' | *[!0-9]* | 0?*) wrong "$proof tells no index" ;; esac
    [ "$at" -lt "$size" ] || wrong "$proof is about an entry behind the checkpoint"
    [ "$(printf '%012d' "$at")" = "${proof%.proof}" ] || wrong "$proof is about another entry"
    set -f
    made=$(printf '%s\n' c2sp.org/tlog-proof@v1 "index $at" $path '' "$note_text" && echo .)
    set +f
    printf %s "${made%.}" | cmp -s - "$proof" || wrong "$proof is not a proof for this checkpoint"
    { printf '\000' && cat "$entry"; } >"$work/pieces/${proof%.proof}"
    entries=$((entries + 1))
    printf '%s\n' "${proof%.proof} $at $((size - 1)) $entries$path" >>"$work/todo"
    printf '%s\n' "${proof%.proof}" >>"$work/meant"
done
for entry in [0-9]*.json; do
    [ ! -f "$entry" ] || [ -f "${entry%.json}.proof" ] || wrong "$entry has no proof"
done

# One level: todo has entry, place, place of the last one of its level, the line of its hash in "lines", and
# what is left of its path. Writes todo anew, and the pairs to be hashed (RFC 9162, section 2.1.3.2).
cat >"$work/level" <<'END'
function wrong(why) { print why >complaint; exit 1 }
# The 32 bytes of a base64 text in hexadecimal; nothing when it is not written as it should be.
function bytes(coded,   i, k, bits, out) {
    if (length(coded) != 44 || substr(coded, 44) != "=") return ""
    out = ""
    for (i = 1; i < 44; i += 4) {
        bits = 0
        for (k = i; k < i + 4; k++) {
            digit = k == 44 ? 1 : index(alphabet, substr(coded, k, 1))
            if (digit == 0) return ""
            bits = bits * 64 + digit - 1
        }
        out = out sprintf("%06x", bits)
    }
    return substr(out, 65) == "00" ? substr(out, 1, 64) : ""
}
BEGIN { alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" }
FILENAME == lines { hash[FNR] = $1; next }
NF == 4 {
    if ($3 > 0) wrong($1 ".proof is too short")
    if (hash[$4] != root) wrong($1 ".json is not what was signed")
    print $1 >>proven
    next
}
{
    if ($3 == 0) wrong($1 ".proof is too long")
    beside = bytes($5)
    if (beside == "") wrong($1 ".proof is not written as it should be")
    at = $2; last = $3
    if (at % 2 == 1 || at == last) {
        pair = beside hash[$4]
        while (at % 2 == 0 && at > 0) { at /= 2; last = int(last / 2) }
    } else pair = hash[$4] beside
    if (!(pair in place)) { place[pair] = ++pairs; print pair >made }
    line = $1 " " int(at / 2) " " int(last / 2) " " place[pair]
    for (i = 6; i <= NF; i++) line = line " " $i
    print line
}
END
# The file $1 of hashes as lines of hexadecimal digits.
hexadecimal() { od -An -v -tx1 "$1" | tr -d ' \n' | fold -w 64; }
# Lines of hexadecimal digits as a script that writes the byte 1 and these bytes to a file each.
octal() {
    awk '{
        s = ""
        for (i = 1; i <= length($1); i += 2) {
            byte = 16 * (index(digits, substr($1, i, 1)) - 1) + index(digits, substr($1, i + 1, 1)) - 1
            s = s sprintf("\\%03o", byte)
        }
        printf "printf '\''\\001%s'\'' >%09d\n", s, NR
    }' digits=0123456789abcdef "$1"
}
root=$(hexadecimal "$work/root")
while [ -s "$work/todo" ]; do
    digest hashes
    hexadecimal "$work/hashes" >"$work/lines"
    echo >>"$work/lines"
    : >"$work/made"
    echo "the proofs could not be worked out" >"$work/complaint"
    awk -f "$work/level" lines="$work/lines" made="$work/made" proven="$work/proven" complaint="$work/complaint" \
        root="$root" "$work/lines" "$work/todo" >"$work/next" || wrong "$(cat "$work/complaint")"
    mv "$work/next" "$work/todo"
    mkdir "$work/pieces"
    octal "$work/made" >"$work/pairs"
    pieces
done
# What went missing on the way, as on a full disk, was not proven.
sort "$work/proven" >"$work/reached"
sort "$work/meant" | cmp -s - "$work/reached" || wrong "not every entry could be proven; is there room in $work?"
if [ ! -d log ]; then
    [ "$entries" -gt 0 ] || wrong "there is no entry to check"
    echo "$entries entries of a log of $size: all is as it was signed"
    exit 0
fi
rm -rf "$work/pieces"

# A log.
# tile NAME INDEX WIDTH: the path of a tile.
tile() {
    path=$(printf '%03d' $(($2 % 1000)))
    above=$(($2 / 1000))
    while [ "$above" -gt 0 ]; do
        path=$(printf 'x%03d/%s' $((above % 1000)) "$path") above=$((above / 1000))
    done
    [ "$3" -eq 256 ] || path=$path.p/$3
    echo "log/tile/$1/$path"
}

log=log/entries.jsonl
[ "$(wc -l <"$log")" -eq "$size" ] || wrong "$log does not have $size entries"
[ "$size" -gt 0 ] || wrong "the log is empty"
tr -d '\000' <"$log" | cmp -s - "$log" || wrong "$log is not text"
[ "$(tail -c 1 "$log" | od -An -v -tx1 | tr -d ' \n')" = 0a ] || wrong "$log breaks off"

# Leaves, and the entries as the bundles have them: two bytes of length, then the entry.
mkdir "$work/pieces"
: >"$work/bundle"
count=0
while IFS= read -r text; do
    printf '\000%s' "$text" >"$work/pieces/$(printf '%09d' "$count")"
    length=${#text}
    high=$((length / 256)) low=$((length % 256))
    printf "\\$((high / 64))$((high / 8 % 8))$((high % 8))\\$((low / 64))$((low / 8 % 8))$((low % 8))" >>"$work/bundle"
    printf %s "$text" >>"$work/bundle"
    count=$((count + 1))
    if [ $((count % 256)) -eq 0 ] || [ "$count" -eq "$size" ]; then
        bundle=$(tile entries $(((count - 1) / 256)) $(((count - 1) % 256 + 1)))
        same "$bundle" "$work/bundle" "$bundle is not what follows from the entries"
        : >"$work/bundle"
    fi
done <"$log"
digest hashes

# Level by level, the hashes in pairs; an odd last one moves up as it is.
level=0
count=$size
while :; do
    if [ $((level % 8)) -eq 0 ]; then
        # Hashes that stand in tiles: those of whole subtrees.
        whole=$((size >> level)) first=0
        while [ "$first" -lt "$whole" ]; do
            width=$((whole - first))
            [ "$width" -le 256 ] || width=256
            file=$(tile $((level / 8)) $((first / 256)) "$width")
            tail -c +$((first * 32 + 1)) "$work/hashes" | head -c $((width * 32)) >"$work/tile"
            same "$file" "$work/tile" "$file is not what follows from the entries"
            first=$((first + 256))
        done
    fi
    [ "$count" -gt 1 ] || break
    mkdir "$work/pieces"
    hexadecimal "$work/hashes" | awk '{ s = s $1 } NR % 2 == 0 { print s; s = "" }' >"$work/made"
    octal "$work/made" >"$work/pairs"
    pieces
    : >"$work/odd"
    [ $((count % 2)) -eq 0 ] || tail -c 32 "$work/hashes" >"$work/odd"
    digest paired
    cat "$work/paired" "$work/odd" >"$work/hashes"
    count=$(((count + 1) / 2)) level=$((level + 1))
done
same "$work/hashes" "$work/root" "the entries are not those that were signed"
echo "a log of $size entries: all is as it was signed"
