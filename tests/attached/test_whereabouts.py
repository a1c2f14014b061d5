"""How containers are found by name, label or Compose project, and which of several is which; no engine is asked here."""

import pytest
from docker.models.containers import Container

from simulator.base.errors import DoorError
from simulator.doors.whereabouts import Whereabouts, composed, listed, which_of


def container(name: str, **labels: str) -> Container:
    return Container(attrs={"Id": name, "Name": f"/{name}", "Config": {"Labels": labels}})


def test_a_name_is_meant_as_it_is_though_the_engine_takes_it_for_a_pattern() -> None:
    place = Whereabouts(name="shop")
    assert place.filters == {"name": "shop"}
    found = [container("shop"), container("shop-db"), container("old-shop")]
    assert [one.name for one in place.of(found, "")] == ["shop"]


def test_of_several_with_a_label_each_is_told_by_its_name() -> None:
    place = Whereabouts(labels=("tier=web",))
    found = [container("blue", tier="web"), container("green", tier="web")]
    assert [which_of(one) for one in place.of(found, "")] == ["blue", "green"]
    assert [one.name for one in place.of(found, "green")] == ["green"]


def test_those_of_compose_are_told_by_their_number() -> None:
    number = {"com.docker.compose.container-number": "2"}
    place = composed("shop", "web")
    assert place.filters["label"] == [
        "com.docker.compose.project=shop",
        "com.docker.compose.oneoff=False",
        "com.docker.compose.service=web",
    ]
    assert [which_of(one) for one in place.of([container("shop-web-2", **number)], "2")] == ["2"]


def test_a_service_that_is_no_container_is_answered_with_those_that_are() -> None:
    find = listed({"web": Whereabouts(name="shop")})
    assert find("web").name == "shop"
    with pytest.raises(DoorError, match="'wbe' is no container of this environment; known: web"):
        find("wbe")
