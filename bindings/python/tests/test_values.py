from __future__ import annotations

import datetime
import pickle
from typing import Any

import pytest

import aistudio

KEY = "canary-key-8f1c"


def make_service(**changes: Any) -> aistudio.Service:
    members: dict[str, Any] = {
        "id": 7,
        "name": "价格 🏠",
        "state": "online",
        "api_key": KEY,
        "inputs": [aistudio.TensorSpec(name="x", shape=[-1, 13])],
        "created_at": datetime.datetime(2026, 11, 21, 11, 28, tzinfo=datetime.UTC),
    }
    return aistudio.Service(**(members | changes))


def test_construction_without_arguments_has_the_defaults_of_the_core() -> None:
    assert aistudio.TensorSpec().dtype == "float32"
    assert aistudio.Service().created_at is None
    assert not aistudio.Endpoint().api_key


def test_construction_by_keyword_sets_members() -> None:
    service = make_service()
    assert (service.id, service.name, service.state) == (7, "价格 🏠", "online")
    assert service.inputs == [aistudio.TensorSpec(name="x", shape=[-1, 13], dtype="float32")]
    assert service.api_key == aistudio.Secret(KEY)


def test_member_unknown_enum_value_survives() -> None:
    assert make_service(state="frozen").state == "frozen"


def test_member_time_in_another_zone_is_the_same_instant() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=8))
    when = datetime.datetime(2026, 11, 21, 19, 28, 0, 123000, tzinfo=zone)
    assert make_service(created_at=when).created_at == when


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": 7}, "Service.name: expected str, not int."),
        ({"name": b"x"}, "Service.name: expected str, not bytes."),
        ({"id": "7"}, "Service.id: expected int, not str."),
        ({"has_converter": 1}, "Service.has_converter: expected bool, not int."),
        ({"inputs": [1]}, "Service.inputs: expected Sequence[TensorSpec], not list."),
        ({"created_at": datetime.datetime(2026, 1, 1)}, "Service.created_at: expected datetime"),
        ({"colour": "red"}, "Service has no member called 'colour'."),
        ({"\ud800": 1}, "Service has no member called '\\ud800'."),
    ],
)
def test_construction_with_a_wrong_argument_names_it(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError) as raised:
        aistudio.Service(**arguments)
    assert message in str(raised.value)


def test_construction_with_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValueError, match="Service.name: .* lone surrogate"):
        aistudio.Service(name="\ud800")


def test_members_cannot_be_assigned() -> None:
    with pytest.raises(AttributeError):
        make_service().name = "other"  # type: ignore[misc]


def test_equality_compares_all_members() -> None:
    assert make_service() == make_service()
    assert make_service() != make_service(api_key="another")
    assert make_service() != "a service"


def test_repr_shows_members_and_hides_secrets() -> None:
    endpoint = aistudio.Endpoint(url="http://127.0.0.1:1/x", api_key=KEY)
    assert repr(endpoint) == "Endpoint(url='http://127.0.0.1:1/x', api_key=Secret('***'))"
    assert KEY not in f"{make_service()!r} {make_service()} {make_service().to_dict()}"


def test_to_dict_builds_an_equal_value() -> None:
    service = make_service()
    assert aistudio.Service(**service.to_dict()) == service


def test_pickle_builds_an_equal_value() -> None:
    service = make_service()
    assert pickle.loads(pickle.dumps(service)) == service


def test_docstrings_come_from_the_headers() -> None:
    assert aistudio.Endpoint.url.__doc__ == "Without the key."
    assert "prediction service" in str(aistudio.Service.__doc__)


def test_secret_is_shown_by_reveal_only() -> None:
    secret = aistudio.Secret(KEY)
    assert (str(secret), repr(secret), f"{secret}") == ("***", "Secret('***')", "***")
    assert secret.reveal() == KEY
    assert pickle.loads(pickle.dumps(secret)) == secret
