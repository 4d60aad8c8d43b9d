"""Trains one regression of house prices in several processes that each see a share of the rows.

A job with `--trainers 2` starts it twice by Paddle's launcher; run alone it is one trainer. After every step all trainers
have the same weights: their gradients are averaged before the step.

Reads   <datasets>/data<id>/uci_housing.csv   13 features and the price (MEDV, thousand dollars), with a header
Writes  output/model.pdparams                 the weights, by trainer 0
        output/metrics.json                   figures, by trainer 0
"""

import argparse
import glob
import json
import os
import sys
import time

# More threads than this only wait for each other in a network so small. Must be set before Paddle is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import paddle
import paddle.distributed as dist
from paddle import nn

DATASETS = os.environ.get("AISTUDIO_DATASET_DIR", "/root/paddlejob/workspace/train_data/datasets/")
OUTPUT = os.environ.get("AISTUDIO_OUTPUT_DIR", "/root/paddlejob/workspace/output")
FEATURES = 13


def read_rows():
    files = sorted(glob.glob(os.path.join(DATASETS, "data*", "uci_housing.csv")))
    if len(files) != 1:
        sys.exit(f"Expected one data<id>/uci_housing.csv below {DATASETS}, found {len(files)}: "
                 "attach the dataset that holds it to the project.")
    return np.loadtxt(files[0], delimiter=",", skiprows=1, dtype=np.float32)


def normalised(rows):
    """Every trainer has all rows here, and so the same means and deviations."""
    return (rows - rows.mean(axis=0)) / (rows.std(axis=0) + np.float32(1e-6))


def share_of(rows, trainer, trainers):
    """As many rows for each, so that nobody waits for a step that another does not make."""
    return rows[:len(rows) // trainers * trainers][trainer::trainers]


def mean_of_all(value):
    """The mean of what the trainers have."""
    tensor = paddle.to_tensor([value], dtype="float32")
    if dist.get_world_size() > 1:
        dist.all_reduce(tensor)
    return tensor.item() / dist.get_world_size()


def train(model, rows, epochs, batch=32):
    """Returns the mean loss of all trainers in the last epoch."""
    optimizer = paddle.optimizer.Adam(0.005, parameters=model.parameters())
    loss_of = nn.MSELoss()
    mean = 0.0
    for epoch in range(1, epochs + 1):
        total = 0.0
        np.random.shuffle(rows)
        for start in range(0, len(rows), batch):
            part = paddle.to_tensor(rows[start:start + batch])
            loss = loss_of(model(part[:, :FEATURES]), part[:, FEATURES:])
            loss.backward()
            optimizer.step()
            optimizer.clear_grad()
            total += float(loss) * len(part)
        mean = mean_of_all(total / len(rows))
        if dist.get_rank() == 0 and (epoch == 1 or epoch % 10 == 0):
            print(f"epoch {epoch}/{epochs}  mean loss {mean:.4f}")
    return mean


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=20, help="of the first weights and the order")
    parser.add_argument("--epochs", type=int, default=30)
    options = parser.parse_args()

    started = time.time()
    paddle.set_device("cpu")
    dist.init_parallel_env()
    trainer, trainers = dist.get_rank(), dist.get_world_size()
    paddle.seed(options.seed)  # the same first weights everywhere
    np.random.seed(options.seed + trainer)

    rows = share_of(normalised(read_rows()), trainer, trainers)
    print(f"trainer {trainer} of {trainers}: {len(rows)} rows")
    model = nn.Sequential(nn.Linear(FEATURES, 64), nn.ReLU(), nn.Linear(64, 1))
    loss = train(paddle.DataParallel(model) if trainers > 1 else model, rows.copy(), options.epochs)

    weights = float(sum(parameter.abs().sum() for parameter in model.parameters()))
    print(f"trainer {trainer} of {trainers}: sum of the weights {weights:.4f}")
    if trainer != 0:
        return
    os.makedirs(OUTPUT, exist_ok=True)
    paddle.save(model.state_dict(), os.path.join(OUTPUT, "model.pdparams"))
    with open(os.path.join(OUTPUT, "metrics.json"), "w") as file:
        json.dump({"trainers": trainers, "mean_loss": loss, "seconds": round(time.time() - started, 2)}, file, indent=2)
    print(f"mean loss of {trainers} trainers: {loss:.4f}")


if __name__ == "__main__":
    main()
