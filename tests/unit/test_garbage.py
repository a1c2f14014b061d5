"""The search for garbage is put off in a block, and goes on after it as before."""

import gc

import pytest

from simulator.base.errors import BadInput
from simulator.base.garbage import put_off


def test_it_is_put_off_in_the_block_and_in_blocks_within() -> None:
    with put_off():
        with put_off():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_after_an_error() -> None:
    with pytest.raises(BadInput), put_off():
        raise BadInput("x")
    assert gc.isenabled()


def test_it_stays_off_where_it_was_off() -> None:
    gc.disable()
    try:
        with put_off():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
