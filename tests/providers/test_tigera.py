"""Waiting for Calico Enterprise: bounded, said, and never taken for live too early; what a later update sees of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from sg_integration.model.errors import Refused, Unreachable
from sg_integration.providers import tigera
from sg_integration.providers.tigera import TigeraLiveProvider, Waiting

from .carrier import Clock

STATES = sorted((Path(__file__).parent / "states").glob("*.json"))
LIVE: dict[str, str] = {}
STATUS = {"TigeraStatus amazon-cloud-integration": "Available=False (PodFailure)"}
TIERS = {"tier sg-remote": "it is not there"}
INPUTS: dict[str, Any] = {"integration": {"vpcs": ["vpc-1"]}, "credentials_uid": "1", "cluster_unreachable": "fail"}


@dataclass
class Product:
    """What is not live at each look; the last one is repeated."""

    looks: Sequence[dict[str, str]] = (LIVE,)
    why: str = ""
    error: Exception | None = None
    seen: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)

    def pending(self) -> dict[str, str]:
        """What is not live."""
        self.seen += 1
        return dict(self.looks[min(self.seen, len(self.looks)) - 1])

    def refusal(self) -> str:
        """Why it cannot be."""
        if self.error:
            raise self.error
        return self.why


def waiting(*looks: dict[str, str], **more: Any) -> tuple[Waiting, Product, Clock, list[str]]:
    """One who waits, what he looks at, his clock, and what he says."""
    product, clock, said = Product(looks), Clock(), list[str]()
    return Waiting(product, said.append, clock, clock.sleep, **more), product, clock, said  # type: ignore[arg-type]


def test_it_must_be_seen_live_three_times_in_a_row() -> None:
    """The operator notices a change after a moment: what it said of before starts the count again."""
    waits, product, clock, _ = waiting(LIVE, LIVE, STATUS, LIVE, LIVE, LIVE)
    waits.until_live()
    assert product.seen == 6
    assert clock.now == 10


def test_what_is_waited_for_is_said_once_each_time_it_changes() -> None:
    """Whoever waits sees what for, and not the same line every two seconds."""
    waits, _, _, said = waiting({**STATUS, **TIERS}, {**STATUS, **TIERS}, TIERS, TIERS, LIVE)
    waits.until_live()
    begin = "waiting for Calico Enterprise to enforce"
    assert said == [
        f"{begin}: TigeraStatus amazon-cloud-integration: Available=False (PodFailure); tier sg-remote: it is not there",
        f"{begin}: tier sg-remote: it is not there",
    ]


def test_a_long_wait_for_one_thing_is_said_again() -> None:
    """Who waits for minutes sees that it goes on, and how long at most."""
    waits, _, _, said = waiting(*[STATUS] * 20, LIVE)
    waits.until_live()
    again = "waiting for Calico Enterprise to enforce"
    assert said[1:] == [f"{again}: {seconds} s so far, 5 min at most" for seconds in (10, 30)]


def test_one_that_never_is_live_fails_with_what_it_says() -> None:
    """After five minutes, not before: each part in its own words, and where to look."""
    waits, _, clock, _ = waiting({**STATUS, **TIERS})
    words = r"NotLive: after 300 s it is not live: .*Available=False \(PodFailure\); tier sg-remote: it is not there"
    with pytest.raises(Refused, match=words) as failure:
        waits.until_live()
    assert 300 <= clock.now < 303
    assert "Nobody joins before. Look at `kubectl describe tigerastatus" in str(failure.value)


def test_one_that_comes_and_goes_is_not_waited_for_for_ever() -> None:
    """It is over when it is not live at the end of the time."""
    waits, _, clock, _ = waiting(*([LIVE, LIVE, STATUS] * 100), longest=30)
    with pytest.raises(Refused, match="after 30 s it is not live"):
        waits.until_live()
    assert clock.now < 40


@pytest.fixture
def product(monkeypatch: pytest.MonkeyPatch) -> Product:
    """The product that providers find."""
    made = Product()

    def cluster(props: dict[str, Any]) -> Api:
        made.asked.append(props)
        return Api(made)

    monkeypatch.setattr(tigera, "cluster", cluster)
    monkeypatch.setattr(tigera, "Tigera", lambda found: found)
    monkeypatch.setattr(tigera, "BETWEEN", 0)
    monkeypatch.setattr(tigera, "LONGEST", 0.05)
    return made


@dataclass
class Api:
    """A cluster with the product."""

    api: Product


def checked(olds: dict[str, Any] | None = None, **news: Any) -> dict[str, Any]:
    """The inputs after `check`."""
    found = TigeraLiveProvider().check(olds, {**INPUTS, "repair": None, **news})  # type: ignore[arg-type]
    assert not found.failures
    return dict(found.inputs)


def created() -> dict[str, Any]:
    """The outputs of a first update."""
    return dict(TigeraLiveProvider().create(checked()).outs or {})


def test_where_it_cannot_be_the_preview_says_so(product: Product) -> None:
    """One line, and no waiting; the same line if only the update could look."""
    product.why = "The cluster does not serve AmazonCloudIntegration: write CalicoEnforcement()."
    failures = TigeraLiveProvider().check({}, dict(INPUTS)).failures
    assert [str(each.reason) for each in failures] == [
        f"enforcing with Calico Enterprise: CannotEnforce: {product.why}"
    ]
    with pytest.raises(Refused, match="write CalicoEnforcement"):
        TigeraLiveProvider().create(dict(INPUTS))
    assert product.seen == 0


def test_a_cluster_that_is_only_about_to_be_made_is_not_asked(product: Product) -> None:
    """Its kubeconfig is not known in the preview; the update looks before it waits."""
    news = checked(kubeconfig=UNKNOWN)
    assert "repair" not in news
    assert not product.asked
    assert TigeraLiveProvider().diff("", {**INPUTS, "kubeconfig": "a"}, news).changes is None


def test_the_first_time_nothing_is_said_of_what_is_not_there_yet(product: Product) -> None:
    """What is only about to be declared is no news; a plan that was saved holds for the update."""
    product.looks = [TIERS]
    assert checked() == {**INPUTS, "repair": {}}


def test_creating_waits_and_fails_if_it_is_not_live(product: Product) -> None:
    """It returns only when the product enforces; otherwise nobody joins."""
    made = TigeraLiveProvider().create(checked())
    assert made.id.startswith("tigera/")
    assert made.outs == {**INPUTS, "repair": {}}
    assert product.seen == 3
    product.looks = [STATUS]
    for failing in (lambda: TigeraLiveProvider().create(INPUTS), lambda: TigeraLiveProvider().update("", {}, INPUTS)):
        with pytest.raises(Refused, match="NotLive"):
            failing()


def test_a_second_update_has_nothing_to_do(product: Product) -> None:
    """As long as it is live and nothing changes."""
    outs = created()
    assert product.seen
    again = checked(outs)
    verdict = TigeraLiveProvider().diff("", outs, again)
    assert verdict.changes is False
    assert not verdict.replaces


def test_one_that_is_live_no_more_is_shown_and_waited_for(product: Product) -> None:
    """Nobody else joins meanwhile; once it is live again that is no news."""
    outs = created()
    product.looks, product.seen = [STATUS, LIVE], 0
    news = checked(outs)
    assert news["repair"] == STATUS
    assert TigeraLiveProvider().diff("", outs, news).changes is None
    outs = dict(TigeraLiveProvider().update("", outs, news).outs or {})
    assert TigeraLiveProvider().diff("", outs, checked(outs)).changes is False


@pytest.mark.parametrize("change", [{"integration": {"vpcs": ["vpc-2"]}}, {"credentials_uid": "2"}, {"context": "b"}])
def test_other_settings_are_waited_for_again(product: Product, change: dict[str, Any]) -> None:
    """Also new credentials, and another cluster; what it says of the old ones is not asked."""
    outs = created()
    product.looks, product.seen = [STATUS], 0
    news = checked(outs, **change)
    assert news["repair"] == {}
    assert product.seen == 0
    verdict = TigeraLiveProvider().diff("", outs, news)
    assert verdict.changes is None
    assert not verdict.replaces


def test_a_cluster_that_cannot_be_reached_is_the_programs_choice(product: Product) -> None:
    """It fails, or the preview goes on; but an update must look again, and so nobody joins unseen."""
    product.error = Unreachable("asking", "ConnectError", "nobody there")
    assert TigeraLiveProvider().check({}, dict(INPUTS)).failures
    olds = {**INPUTS, "repair": STATUS}
    seen = checked(olds, cluster_unreachable="warn")
    assert seen["repair"] == {"cluster": "not reached"}
    assert TigeraLiveProvider().diff("id", olds, seen).changes is not False


def test_deleting_asks_nothing(product: Product) -> None:
    """It stands only for the order; what the product left is its owner's."""
    TigeraLiveProvider().delete("", dict(INPUTS))
    assert not product.asked


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_a_recorded_one_needs_no_change_and_goes(path: Path, product: Product) -> None:
    """What a release wrote is read as it was meant: while the product is live there is nothing to do."""
    found = json.loads(path.read_text())["resources"]
    (item,) = (each for each in found if each["type"].endswith(":TigeraLive"))
    provider = TigeraLiveProvider()
    checked = provider.check(item["inputs"], dict(item["inputs"]))
    assert not checked.failures
    assert provider.diff(item["id"], item["outputs"], checked.inputs).changes is False
    assert product.seen == 1
    moved = {**checked.inputs, "integration": {**checked.inputs["integration"], "awsRegion": "eu-west-1"}}
    assert provider.diff(item["id"], item["outputs"], moved).changes is None
    provider.delete(item["id"], item["outputs"])
