#!/usr/bin/env bash
# The main job as commands. Run it in the repository's folder, with `aistudio` on the PATH.
set -euo pipefail
field() { python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"; }

studio=$(aistudio local up --dir my-studio --detach --json)
trap 'aistudio local down --dir my-studio' EXIT
AISTUDIO_BASE_URL=$(field base_url <<<"$studio")
AISTUDIO_ACCESS_TOKEN=$(field token <<<"$studio")
export AISTUDIO_BASE_URL AISTUDIO_ACCESS_TOKEN

dataset=$(aistudio --json dataset create uci_housing examples/data/uci_housing.csv | field datasetId)
project=$(aistudio --json project create "house prices" --dataset "$dataset" | field projectId)
job=$(aistudio --json job submit --name train --path examples/housing --cmd "python train.py" \
    --project "$project" | field pipelineId)
aistudio job log "$job" --follow
aistudio job show "$job"

service=$(aistudio --json service create prices --project "$project" --job "$job" \
    --job-path model --converter examples/housing/converter.py | field serviceId)
aistudio service sandbox "$service"
aistudio service test "$service" @examples/data/house.json
aistudio service deploy "$service"
aistudio predict --service "$service" @examples/data/house.json
