#!/usr/bin/env bash
# Runs a script of examples/cli with the command just built, and checks what it prints.
#   run_commands.sh <folder of the repository> <aistudio command> <script> <pattern to be printed>...
set -euo pipefail
source=$1
command=$2
script=$3
shift 3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin" && ln -s "$command" "$scratch/bin/aistudio"
ln -s "$source/examples" "$scratch/examples"
cd "$scratch"
PATH="$scratch/bin:$PATH" HOME="$scratch" bash "examples/cli/$script" | tee output.txt
for pattern in "$@"; do
    grep -qE "$pattern" output.txt || { echo "Not printed: $pattern" >&2; exit 1; }
done
if compgen -G '*/running.json' >/dev/null; then
    echo "The studio still runs." >&2
    exit 1
fi
