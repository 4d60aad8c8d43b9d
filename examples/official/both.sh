#!/usr/bin/env bash
# Our command and the platform's official one on one local studio. Run it in the repository's folder,
# with `aistudio` on the PATH and the official package (pip install aistudio_sdk) in PYTHON's.
set -euo pipefail
field() { python3 -c "import json, sys; a = json.load(sys.stdin); print((a[0] if isinstance(a, list) else a)['$1'])"; }
official() { "${PYTHON:-python3}" examples/official/official.py "$@"; }
work=$(mktemp -d)
cp -r examples/official/code "$work" # the official command leaves a zip beside the folder

studio=$(aistudio local up --dir "$work/studio" --detach --json)
trap 'aistudio local down --dir "$work/studio" && rm -r "$work"' EXIT
AISTUDIO_BASE_URL=$(field base_url <<<"$studio")
export AISTUDIO_BASE_URL STUDIO_GIT_HOST=$AISTUDIO_BASE_URL STUDIO_MODEL_API_URL_PREFIX=$AISTUDIO_BASE_URL
field token <<<"$studio" | aistudio config --token - # where the official command looks for it, too

dataset=$(aistudio --json dataset create -n houses -f examples/data/uci_housing.csv | field datasetId)
official submit job -n count -p "$work/code" -c "sh count.sh" -m "$dataset"
job=$(aistudio --json jobs -n count | field pipelineId)
aistudio job wait "$job"
official job "$job" ls
official job "$job" cp lines.txt "$work/official.txt"
aistudio job "$job" cp lines.txt "$work/ours.txt"
cmp "$work/official.txt" "$work/ours.txt" && cat "$work/ours.txt"
