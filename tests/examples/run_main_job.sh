#!/usr/bin/env bash
# Runs examples/cli/main_job.sh with the command just built, and checks what it prints.
#   run_main_job.sh <folder of the repository> <aistudio command>
set -euo pipefail
source=$1
command=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin" && ln -s "$command" "$scratch/bin/aistudio"
ln -s "$source/examples" "$scratch/examples"
cd "$scratch"
PATH="$scratch/bin:$PATH" HOME="$scratch" bash examples/cli/main_job.sh | tee output.txt
grep -q 'held-out mean absolute error' output.txt
grep -q '"predict"' output.txt
[ ! -e my-studio/running.json ] # the studio is gone
