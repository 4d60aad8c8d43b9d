#!/usr/bin/env bash
# A job of two trainers that train one network together, as commands. Run it in the repository's folder, with `aistudio`
# on the PATH.
set -euo pipefail
field() { python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"; }

studio=$(aistudio local up --dir my-trainers --detach --json)
trap 'aistudio local down --dir my-trainers' EXIT
AISTUDIO_BASE_URL=$(field base_url <<<"$studio")
AISTUDIO_ACCESS_TOKEN=$(field token <<<"$studio")
export AISTUDIO_BASE_URL AISTUDIO_ACCESS_TOKEN

dataset=$(aistudio --json dataset create uci_housing examples/data/uci_housing.csv | field datasetId)
project=$(aistudio --json project create "house prices" --dataset "$dataset" | field projectId)
job=$(aistudio --json job submit --name train --path examples/distributed --cmd "python train.py" \
    --project "$project" --trainers 2 | field pipelineId)
aistudio job log "$job" --follow # of both, each line with its trainer in front
aistudio job wait "$job" >my-trainers/job.txt

# What one of them wrote: after the last step both have the same weights.
for trainer in trainer.0 trainer.1; do
    aistudio job log "$job" --role "$trainer" | sed -n 's/.*sum of the weights //p'
done | uniq -c
