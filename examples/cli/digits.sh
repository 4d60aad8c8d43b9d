#!/usr/bin/env bash
# Handwritten digits as commands: a job trains a network, a service reads images with it, and the images that the
# network has not seen say how well. Run it in the repository's folder, with `aistudio` on the PATH.
set -euo pipefail
field() { python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"; }

studio=$(aistudio local up --dir my-digits --detach --json)
trap 'aistudio local down --dir my-digits' EXIT
AISTUDIO_BASE_URL=$(field base_url <<<"$studio")
AISTUDIO_ACCESS_TOKEN=$(field token <<<"$studio")
export AISTUDIO_BASE_URL AISTUDIO_ACCESS_TOKEN

dataset=$(aistudio --json dataset create digits examples/data/mnist_5k.csv.gz | field datasetId)
project=$(aistudio --json project create digits --dataset "$dataset" | field projectId)
job=$(aistudio --json job submit --name train --path examples/digits --cmd "python train.py" \
    --project "$project" | field pipelineId)
aistudio job log "$job" --follow
aistudio job wait "$job" >my-digits/job.txt
aistudio job download "$job" holdout.jsonl --to my-digits
aistudio job download "$job" labels.txt --to my-digits
aistudio job download "$job" metrics.json --to my-digits

service=$(aistudio --json service create digits --project "$project" --job "$job" \
    --job-path model --converter examples/digits/converter.py | field serviceId)
aistudio service sandbox "$service"
aistudio service deploy "$service"
aistudio predict --service "$service" --jsonl my-digits/holdout.jsonl --output my-digits/answers.jsonl
python3 - <<'PYTHON'
import json

with open("my-digits/answers.jsonl") as answers, open("my-digits/labels.txt") as labels:
    right = [json.loads(answer)["digit"] == int(label) for answer, label in zip(answers, labels, strict=True)]
print(f"read right: {sum(right)} of {len(right)}, {sum(right) / len(right):.1%}")
with open("my-digits/metrics.json") as metrics:
    print("trained in {seconds} s, {processor_seconds} s of processor time".format(**json.load(metrics)))
PYTHON
