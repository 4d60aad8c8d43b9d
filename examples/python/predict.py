"""One record, many records and a table through a prediction service."""

import dataclasses

import aistudio
import aistudio.local


@dataclasses.dataclass
class House:
    rooms: int
    area: float


def price(house: dict[str, float]) -> dict[str, float]:
    """What a deployed model would do."""
    return {"price": 10 * house["rooms"] + house["area"]}


def main() -> None:
    # Without the cloud: url and key of a service of yours go in the place of the endpoint's.
    with aistudio.local.Studio() as studio:
        endpoint = studio.serve("houses", price)
        predictor = aistudio.predictor(endpoint.url, api_key=endpoint.api_key)

        print("one:", predictor.predict(House(rooms=3, area=70.5), timeout=10))

        # A generator is read as far as answers are taken: memory does not grow with it.
        houses = (House(rooms=n, area=20.0 * n) for n in range(1, 1001))
        total = sum(answer["price"] for answer in predictor.predict_many(houses))
        print("many:", total)

        for answer in predictor.predict_many([House(1, 20.0), {"rooms": 2}], errors="return"):
            print("failed" if isinstance(answer, aistudio.Error) else answer["price"])

        # Anything with the buffer protocol, or tables of Arrow; no Python object for each value.
        table = memoryview(bytearray(range(6))).cast("B", (3, 2))
        print(
            "table:",
            [a["price"] for a in predictor.predict_array(table, columns=["rooms", "area"])],
        )


if __name__ == "__main__":
    main()
