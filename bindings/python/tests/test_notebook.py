"""The notebook of examples/python, run as its reader would."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import re
import subprocess
import sys
from typing import Any

import pytest
from conftest import REPOSITORY

NOTEBOOK = REPOSITORY / "examples" / "python" / "houses.ipynb"


def outputs_of(file: pathlib.Path) -> list[dict[str, Any]]:
    cells = json.loads(file.read_text())["cells"]
    return [output for cell in cells for output in cell.get("outputs", [])]


@pytest.mark.long
def test_notebook_trains_deploys_predicts_and_plots(tmp_path: pathlib.Path) -> None:
    if importlib.util.find_spec("nbconvert") is None:
        pytest.skip("nbconvert is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", str(NOTEBOOK)]
        + ["--output-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    outputs = outputs_of(tmp_path / NOTEBOOK.name)
    printed = "".join("".join(o["text"]) for o in outputs if o.get("name") == "stdout")
    assert "held-out mean absolute error" in printed, "the job's log"
    found = re.search(r"mean absolute error ([\d.]+) \(always the mean: ([\d.]+)\)\n\Z", printed)
    assert found is not None, printed
    assert float(found[1]) < float(found[2]) / 2
    shown = [o["data"] for o in outputs if "data" in o]
    assert any("uci_housing" in "".join(data.get("text/html", ())) for data in shown)
    assert any("image/png" in data for data in shown)
    assert [data["text/plain"] for data in shown if "Succeeded" in str(data)] != []


def test_notebook_is_kept_without_outputs() -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    assert all(not cell["outputs"] for cell in cells if cell["cell_type"] == "code")
