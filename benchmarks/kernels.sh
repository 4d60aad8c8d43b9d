#!/usr/bin/env bash
# Counts the instructions of the JSON kernels with callgrind, so that a change of a per cent shows on a
# busy machine: benchmarks/kernels.sh [PROGRAM]. What one run more costs is printed, for each item.
# (valgrind has no AVX-512: it counts simdjson's and our AVX2 code, and the times of AVX-512 are lower.)
set -euo pipefail
cd "$(dirname "$0")/.."

program=${1:-build/release/benchmarks/cpp/json_kernels}
command -v valgrind >/dev/null || { echo "valgrind is not installed: apt-get install valgrind" >&2; exit 1; }
[ -x "$program" ] || { echo "$program is not there: run make bench first." >&2; exit 1; }

instructions() { # kernel times
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" 2>&1 |
        awk '/Collected/ { print $4 }'
}

row() { # kernel runs items item
    local few many
    few=$(instructions "$1" 1)
    many=$(instructions "$1" $((1 + $2)))
    awk -v kernel="$1" -v count=$(((many - few) / $2)) -v items="$3" -v item="$4" \
        'BEGIN { printf "| %s | %d | %.2f a %s |\n", kernel, count, count / items, item }'
}

printf '| kernel | instructions | of them |\n|---|---|---|\n'
row write_array 3 13000 number
row read_array 3 13000 number
row write_record 1000 13 number
row read_record 1000 13 number
row write_image 3 1000000 byte
