#!/usr/bin/env bash
# Installs the programs from npm that tests let read what Outrider writes:
# node-cot for TAK data packages, ical.js for calendars, a pronouncing dictionary
# for the sounds of code words. Versions and hashes are those of
# scripts/readers/package-lock.json; nothing of a package is run.
#
# They go to the folder OUTRIDER_READERS, or outrider/readers in the user's cache,
# where the tests look for them.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
folder="${OUTRIDER_READERS:-${XDG_CACHE_HOME:-$HOME/.cache}/outrider/readers}"
command -v npm >/dev/null || {
    echo "npm is not installed; apt-get install nodejs npm" >&2
    exit 1
}
mkdir -p "$folder"
cp "$here/readers/package.json" "$here/readers/package-lock.json" "$folder/"
cd "$folder"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
echo "$folder"
