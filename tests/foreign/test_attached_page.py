"""The page on somebody's own system: every command of it does on the foreign stack what the page says."""

from tests.docs.pages import page
from tests.foreign.examined import complete, typed
from tests.foreign.foreign import Foreign
from tests.foreign.gameday import Experiments
from tests.foreign.receiving import Receiving
from tests.foreign.user import User

COMMANDS = page("docs/attached.md").typed("simulator")
ELSEWHERE = (
    ["receiver"],  # tests/docs/test_receiver_page.py
    ["run", "experiments/shop-down.yaml", "--environment", "shop.yaml"],  # the game day of these owners
)


def test_from_the_first_command_to_the_last(user: User, foreign: Foreign, receiver: Receiving) -> None:
    api = foreign.prometheus
    theirs = {"https://prom.shop/prometheus": api.url, "sim:env:OPS_PW": f"{api.user}:env:OPS_PASSWORD"}
    ran = set()
    for words in COMMANDS:
        if len(words) == 1 or words in ELSEWHERE:
            continue  # a command's name in the text is no command
        mine = [theirs.get(word, word) for word in words]
        mine += ["--ca", str(foreign.ca)] if words[0] == "init" else []
        left = typed(user, *mine)
        assert left.code == 0, left
        ran.add(words[0])
        if words[0] == "init":  # and then its owners fill in what only they know
            user.write("shop.yaml", complete(foreign, receiver))
            user.write("experiments/shop-down.yaml", Experiments(foreign).shop_dead())
    assert ran == {"init", "doctor", "run", "undo"}
