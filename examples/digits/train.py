"""Trains a convolutional network to read handwritten digits and saves it for a prediction service.

Reads   <datasets>/data<id>/mnist_5k.csv.gz   784 pixel columns (0 to 255, 28 rows of 28) and the label, no header
Writes  output/model/model.{json,pdiparams}   the network; its input `image` takes raw pixels, shape [N, 784]
        output/holdout.jsonl                  a shuffled fifth that it has not seen, as records of the service:
                                              {"image": "<base64 of a PNG>"}
        output/labels.txt                     what these images show, one digit a line
        output/metrics.json                   figures on those images
"""

import argparse
import base64
import glob
import io
import json
import os
import sys
import time

# More threads than this only wait for each other in a network so small. Must be set before Paddle is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import paddle
from paddle import nn
from PIL import Image

DATASETS = os.environ.get("AISTUDIO_DATASET_DIR", "/root/paddlejob/workspace/train_data/datasets/")
OUTPUT = os.environ.get("AISTUDIO_OUTPUT_DIR", "/root/paddlejob/workspace/output")
SIDE = 28
PIXELS = SIDE * SIDE


class Digits(nn.Layer):
    """Two convolutions, each halved in size, and two dense layers; pixels are scaled inside."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2D(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2D(2),
            nn.Conv2D(16, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2D(2),
            nn.Flatten(), nn.Linear(32 * 7 * 7, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 10),
        )

    def forward(self, image):
        return self.layers(image.reshape([-1, 1, SIDE, SIDE]) / 255.0)


class Reader(nn.Layer):
    """What the service runs: the network, with scores turned into probabilities."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return nn.functional.softmax(self.network(image))


def read_data():
    files = sorted(glob.glob(os.path.join(DATASETS, "data*", "mnist_5k.csv.gz")))
    if len(files) != 1:
        sys.exit(f"Expected one data<id>/mnist_5k.csv.gz below {DATASETS}, found {len(files)}: "
                 "attach the dataset that holds it to the project.")
    rows = np.loadtxt(files[0], delimiter=",", dtype=np.float32)
    if rows.shape[1] != PIXELS + 1:
        sys.exit(f"{files[0]} has {rows.shape[1]} columns, expected {PIXELS} pixels and the label.")
    return rows[:, :PIXELS], rows[:, PIXELS].astype(np.int64)


def train(model, images, labels, epochs, batch=64):
    steps = epochs * -(-len(images) // batch)
    rate = paddle.optimizer.lr.CosineAnnealingDecay(learning_rate=0.002, T_max=steps)
    optimizer = paddle.optimizer.Adam(rate, parameters=model.parameters())
    loss_of = nn.CrossEntropyLoss()
    for epoch in range(1, epochs + 1):
        total = 0.0
        order = np.random.permutation(len(images))
        for start in range(0, len(order), batch):
            chosen = order[start:start + batch]
            loss = loss_of(model(paddle.to_tensor(images[chosen])), paddle.to_tensor(labels[chosen]))
            loss.backward()
            optimizer.step()
            optimizer.clear_grad()
            rate.step()
            total += float(loss) * len(chosen)
        print(f"epoch {epoch}/{epochs}  loss {total / len(images):.4f}")


def as_record(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels.reshape(SIDE, SIDE).astype(np.uint8)).save(file, "PNG")
    return json.dumps({"image": base64.b64encode(file.getvalue()).decode()})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=5, help="of the split, the first weights and the order")
    parser.add_argument("--epochs", type=int, default=6)
    options = parser.parse_args()

    started = time.time()
    paddle.set_device("cpu")
    paddle.seed(options.seed)
    np.random.seed(options.seed)

    images, labels = read_data()
    order = np.random.permutation(len(images))  # the file goes by label
    known, held_out = order[:len(order) * 4 // 5], order[len(order) * 4 // 5:]
    print(f"PaddlePaddle {paddle.__version__}: {len(known)} images to train, {len(held_out)} held out")

    network = Digits()
    train(network, images[known], labels[known], options.epochs)

    model = Reader(network)
    model.eval()
    read = model(paddle.to_tensor(images[held_out])).numpy().argmax(axis=1)
    metrics = {
        "accuracy": float((read == labels[held_out]).mean()),
        "images_trained": len(known),
        "images_held_out": len(held_out),
        "seed": options.seed,
        "seconds": round(time.time() - started, 2),
        "processor_seconds": round(time.process_time(), 2),
    }
    print("held-out accuracy: {accuracy:.3f}, {seconds} s".format(**metrics))

    os.makedirs(OUTPUT, exist_ok=True)
    with open(os.path.join(OUTPUT, "holdout.jsonl"), "w") as file:
        file.writelines(as_record(images[i]) + "\n" for i in held_out)
    with open(os.path.join(OUTPUT, "labels.txt"), "w") as file:
        file.writelines(f"{labels[i]}\n" for i in held_out)
    with open(os.path.join(OUTPUT, "metrics.json"), "w") as file:
        json.dump(metrics, file, indent=2)
    paddle.jit.save(model, os.path.join(OUTPUT, "model", "model"),
                    input_spec=[paddle.static.InputSpec([None, PIXELS], "float32", "image")])
    print("saved the model, the held-out images and the metrics")


if __name__ == "__main__":
    main()
