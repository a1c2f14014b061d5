import random
from collections import Counter

import pytest

from simulator.erpgo.personas import personas
from simulator.erpgo.traffic.catalogue import PAGE_SIZE, Catalogue
from simulator.erpgo.traffic.pools import Zipf, make_pools
from simulator.erpgo.traffic.wire import Product
from simulator.erpgo.users import accounts
from simulator.erpgo.users.expired import ExpiredToken
from simulator.erpgo.users.locked import LockedAccount
from simulator.erpgo.users.shopper import Shopper
from simulator.erpgo.users.typo import TypoThenSuccess
from simulator.load.demand import SESSIONS_PER_USER
from simulator.locust.options import GAME_DAY_USERS


def products(count: int) -> list[Product]:
    return [Product(f"p-{number}", f"Lamp {number}", "1.00") for number in range(count)]  # type: ignore[arg-type]  # a price of no interest


def test_the_first_of_zipf_is_picked_about_as_often_as_its_law_says() -> None:
    zipf = Zipf(range(100), exponent=1.0)
    chance = random.Random(5)
    picked = Counter(zipf.pick(chance) for _ in range(20_000))
    assert picked[0] / picked[1] == pytest.approx(2.0, rel=0.15)
    assert picked[0] / picked[9] == pytest.approx(10.0, rel=0.3)
    assert set(picked) <= set(range(100))


def test_zipf_needs_something_to_pick() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Zipf([])


def test_pools_are_the_same_for_the_same_seed_only() -> None:
    assert make_pools("1") == make_pools("1")
    assert make_pools("1") != make_pools("2")


def test_the_catalogue_is_learned_once_page_by_page_and_shuffled_by_the_seed() -> None:
    everything = products(PAGE_SIZE + 30)
    asked: list[int] = []

    def fetch(page: int) -> list[Product]:
        asked.append(page)
        return everything[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]

    first, again, other = Catalogue("1"), Catalogue("1"), Catalogue("2")
    learned = [catalogue.products(fetch) for catalogue in (first, again, other)]
    first.products(fetch)
    assert asked == [1, 2] * 3
    drawn = [zipf.pick(random.Random(1)) for zipf in learned if zipf is not None]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_an_empty_shop_is_asked_again_later() -> None:
    catalogue = Catalogue("1")
    assert catalogue.products(lambda _page: []) is None
    assert catalogue.products(lambda _page: products(1)) is not None


def test_failing_logins_stay_under_two_a_minute_in_normal_traffic() -> None:
    personas = (TypoThenSuccess, ExpiredToken, LockedAccount)
    # Trickles are even: no gap is under 0.8 of the mean, so no minute holds more than 1.25 times the mean plus one.
    assert sum(persona.quota.per_minute for persona in personas) < 2.0
    assert all(persona.quota.share == 0.0 for persona in personas)


def test_shoppers_and_those_who_fail_use_different_accounts() -> None:
    shopping = {accounts.shopper(number) for number in range(2000)}
    failing = {accounts.clumsy(number) for number in range(2000)}
    assert len(shopping) == accounts.SEEDED - accounts.FOR_FAILURES
    assert shopping.isdisjoint(failing)
    assert "shopper-0001@erpgo.test" in shopping
    assert "shopper-0300@erpgo.test" in failing


def test_a_persona_gives_up_on_a_silent_api_within_ten_seconds() -> None:
    for persona in (Shopper, TypoThenSuccess, ExpiredToken, LockedAccount):
        assert 3.0 <= persona.connection_timeout <= 10.0
        assert 3.0 <= persona.network_timeout <= 10.0


def test_users_suffice_when_the_api_answers_nothing_at_all() -> None:
    """By Little's law: every session then holds its user until the first request is given up."""
    kinds = personas().values()
    fixed = sum(kind.fixed_count for kind in kinds)
    weights = sum(kind.weight for kind in kinds if not kind.fixed_count)
    shares = sum(kind.quota.share for kind in kinds)
    for kind in (kind for kind in kinds if kind.quota.share):
        users = (GAME_DAY_USERS - fixed) * kind.weight / weights
        arrivals = SESSIONS_PER_USER * GAME_DAY_USERS * kind.quota.share / shares
        assert users > 1.1 * arrivals * kind.network_timeout, kind.__name__
