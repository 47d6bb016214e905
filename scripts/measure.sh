#!/usr/bin/env bash
# The figures of docs/performance.md that compare whole programs: reading an
# extract against osmium, and the phases of a build. Prints Markdown.
#
#     scripts/measure.sh [RUNS]        needs osmium-tool, taskset, python3
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
runs=${1:-5}
make -s build
extract="$(go list -m -f '{{.Dir}}' github.com/paulmach/osm)/testdata/delaware-latest.osm.pbf"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for cpus in 0 0,1; do
    threads=$(tr ',' '\n' <<<"$cpus" | wc -l)
    for _ in $(seq "$runs"); do
        python3 - "$cpus" "$extract" >>"$dir/osmium.$threads" <<'PY'
import subprocess, sys, time
begun = time.perf_counter()
subprocess.run(["taskset", "-c", sys.argv[1], "osmium", "fileinfo", "-e", sys.argv[2]], check=True, stdout=subprocess.DEVNULL)
print(time.perf_counter() - begun)
PY
        taskset -c "$cpus" bin/outrider --progress=json map build "$extract" --workers "$threads" -o "$dir/m.map" 2>/dev/null >>"$dir/build.$threads"
    done
done

python3 - "$dir" "$runs" <<'PY'
import json, statistics, sys
folder, runs = sys.argv[1], int(sys.argv[2])
reading = ("read ways and relations", "read nodes")
print(f"median of {runs} alternating runs, seconds\n")
print("| threads | `osmium fileinfo -e` | decode phase | ratio | whole build, written | of it after decoding |")
print("|---|---|---|---|---|---|")
phases = {}
for threads in (1, 2):
    other = [float(line) for line in open(f"{folder}/osmium.{threads}")]
    builds = [json.loads(line) for line in open(f"{folder}/build.{threads}")]
    decode = [sum(p["seconds"] for p in b["phases"] if p["phase"] in reading) for b in builds]
    whole = [b["seconds"] for b in builds]
    ratio = statistics.median(d / o for d, o in zip(decode, other))
    print(f"| {threads} | {statistics.median(other):.3f} | {statistics.median(decode):.3f} | {ratio:.2f} "
          f"| {statistics.median(whole):.2f} | {statistics.median(w - d for w, d in zip(whole, decode)):.2f} |")
    for b in builds:
        for p in b["phases"]:
            phases.setdefault(p["phase"], {}).setdefault(threads, []).append(p["seconds"])
print("\n| phase | 1 thread | 2 threads |")
print("|---|---|---|")
for name, by in phases.items():
    print(f"| {name} | {statistics.median(by[1]):.3f} | {statistics.median(by[2]):.3f} |")
PY
