#!/bin/sh
# Run a command that installs packages, say now and then how far it is, and
# show what it printed if it fails.
set -eu

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" >"$log" 2>&1 &
process=$!
said=
while kill -0 "$process" 2>/dev/null; do
    sleep 1
    now="packages found: $(grep -c '^Collecting ' "$log" || true)"
    if grep -q '^Installing collected' "$log"; then
        now='putting them in place'
    fi
    if [ "$now" != "$said" ]; then
        if [ -t 1 ]; then printf '\r  %s ' "$now"; fi
        said=$now
    fi
done
if [ -t 1 ]; then echo; else echo "  $said"; fi
wait "$process" || { cat "$log" >&2; exit 1; }
