from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

import aistudio
from aistudio.local import Studio

PYTHON_FOLDER = pathlib.Path(__file__).resolve().parents[1]
REPOSITORY = PYTHON_FOLDER.parents[1]


@pytest.fixture(scope="session", autouse=True)
def the_installed_package_is_tested() -> None:
    assert PYTHON_FOLDER not in pathlib.Path(aistudio.__file__).resolve().parents


@pytest.fixture
def studio(tmp_path: pathlib.Path) -> Iterator[Studio]:
    with Studio(tmp_path / "studio") as started:
        yield started


@pytest.fixture
def echo(studio: Studio) -> aistudio.Endpoint:
    return studio.serve("echo", lambda record: {"got": record})


@pytest.fixture
def client() -> Iterator[aistudio.Client]:
    with aistudio.Client(timeout=20) as made:
        yield made
