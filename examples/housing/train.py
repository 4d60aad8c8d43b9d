"""Trains a regression of house prices and saves it for a prediction service.

Reads   <datasets>/data<id>/uci_housing.csv   13 features and the price (MEDV, thousand dollars), with a header
Writes  output/model/model.{json,pdiparams}   the network; its input `x` takes raw feature values
        output/holdout.csv                    the rows it has not seen, same columns as the input
        output/metrics.json                   figures on those rows

The means and deviations that normalise the features are part of the saved network. So a caller sends the values as
they stand in the data, and there is no second file that could be lost or mixed up with that of another training.
"""

import argparse
import csv
import glob
import json
import os
import sys
import time

# Two small cores are enough, and more threads only wait for each other. Must be set before Paddle is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import paddle
from paddle import nn

DATASETS = os.environ.get("AISTUDIO_DATASET_DIR", "/root/paddlejob/workspace/train_data/datasets/")
OUTPUT = os.environ.get("AISTUDIO_OUTPUT_DIR", "/root/paddlejob/workspace/output")
FEATURES = 13


class HousePrices(nn.Layer):
    """Two hidden layers between a fixed normalisation of the features and one of the price."""

    def __init__(self, features, prices):
        super().__init__()
        self.register_buffer("mean", paddle.to_tensor(features.mean(axis=0)))
        self.register_buffer("deviation", paddle.to_tensor(features.std(axis=0) + np.float32(1e-6)))
        self.register_buffer("price_mean", paddle.to_tensor(prices.mean(axis=0)))
        self.register_buffer("price_deviation", paddle.to_tensor(prices.std(axis=0)))
        self.layers = nn.Sequential(
            nn.Linear(FEATURES, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1)
        )

    def forward(self, x):
        return self.layers((x - self.mean) / self.deviation) * self.price_deviation + self.price_mean


def find_data():
    files = sorted(glob.glob(os.path.join(DATASETS, "data*", "uci_housing.csv")))
    if len(files) != 1:
        sys.exit(f"Expected one data<id>/uci_housing.csv below {DATASETS}, found {len(files)}: "
                 "attach the dataset that holds it to the project.")
    return files[0]


def read_rows(path):
    with open(path, newline="") as file:
        header, *rows = csv.reader(file)
    if len(header) != FEATURES + 1:
        sys.exit(f"{path} has {len(header)} columns, expected {FEATURES} features and the price.")
    return header, np.array(rows, dtype=np.float32)


def train(model, data, epochs):
    batch = 32
    steps = epochs * -(-len(data) // batch)
    rate = paddle.optimizer.lr.CosineAnnealingDecay(learning_rate=0.01, T_max=steps)
    optimizer = paddle.optimizer.AdamW(rate, parameters=model.parameters(), weight_decay=0.02)
    loss_of = nn.SmoothL1Loss()
    for epoch in range(1, epochs + 1):
        total = 0.0
        np.random.shuffle(data)
        for start in range(0, len(data), batch):
            rows = paddle.to_tensor(data[start:start + batch])
            loss = loss_of(model(rows[:, :FEATURES]), rows[:, FEATURES:])
            loss.backward()
            optimizer.step()
            optimizer.clear_grad()
            rate.step()
            total += float(loss) * len(rows)
        if epoch == 1 or epoch % 10 == 0:
            print(f"epoch {epoch}/{epochs}  loss {total / len(data):.4f}")


def write_holdout(header, rows):
    with open(os.path.join(OUTPUT, "holdout.csv"), "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([f"{value:.7g}" for value in row] for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=20, help="of the split, the first weights and the order")
    parser.add_argument("--epochs", type=int, default=150)
    options = parser.parse_args()

    started = time.time()
    paddle.set_device("cpu")
    paddle.seed(options.seed)
    np.random.seed(options.seed)

    header, rows = read_rows(find_data())
    np.random.shuffle(rows)
    split = len(rows) * 4 // 5
    known, held_out = rows[:split].copy(), rows[split:]
    print(f"PaddlePaddle {paddle.__version__}: {len(known)} rows to train, {len(held_out)} held out")

    model = HousePrices(known[:, :FEATURES], known[:, FEATURES:])
    train(model, known, options.epochs)

    model.eval()
    predicted = model(paddle.to_tensor(held_out[:, :FEATURES])).numpy()
    metrics = {
        "mean_absolute_error": float(np.abs(predicted - held_out[:, FEATURES:]).mean()),
        "always_the_mean": float(np.abs(known[:, FEATURES].mean() - held_out[:, FEATURES]).mean()),
        "rows_trained": len(known),
        "rows_held_out": len(held_out),
        "seed": options.seed,
        "seconds": round(time.time() - started, 2),
    }
    print("held-out mean absolute error: {mean_absolute_error:.2f} (always the mean: {always_the_mean:.2f}), "
          "{seconds} s".format(**metrics))

    os.makedirs(OUTPUT, exist_ok=True)
    write_holdout(header, held_out)
    with open(os.path.join(OUTPUT, "metrics.json"), "w") as file:
        json.dump(metrics, file, indent=2)
    paddle.jit.save(model, os.path.join(OUTPUT, "model", "model"),
                    input_spec=[paddle.static.InputSpec([None, FEATURES], "float32", "x")])
    print("saved the model, the held-out rows and the metrics")


if __name__ == "__main__":
    main()
