"""`sg-integration reach` and `explain`, on files: the shop of the guide, and a preview of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sg_integration.cli import main

DOCS = Path(__file__).parents[2] / "docs"
SHOP, PREVIEW = str(DOCS / "reach" / "shop.json"), str(DOCS / "reach" / "preview.json")
DATABASE = "orders-b00cf0e375662b488"
ORDERS, STOREFRONT = "shop/deployment/orders-api", "shop/deployment/storefront"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What a command prints."""
    assert main(arguments) == code
    return capsys.readouterr().out


def test_who_reaches_whom(capsys: pytest.CaptureFixture[str]) -> None:
    """Each pair that is open is a line, and what was left out or taken for granted is on the error stream."""
    assert main(["reach", "--file", SHOP]) == 0
    out, err = capsys.readouterr()
    assert [line.split() for line in out.splitlines()[1:3]] == [
        [ORDERS, DATABASE, "tcp/5432"],
        ["billing", STOREFRONT, "tcp/8080"],
    ]
    assert "left out: calico-system" in err
    assert "the node groups are taken to be" in err


def test_before_and_after_a_preview(capsys: pytest.CaptureFixture[str]) -> None:
    """What changes is shown, and with --all also what stays."""
    out = printed(capsys, "reach", "--file", SHOP, "--preview", PREVIEW)
    lines = [line.split() for line in out.splitlines() if "tcp/" in line]
    assert lines == [[STOREFRONT, DATABASE, "tcp/5432", "-", "tcp/5432"], ["billing", STOREFRONT, "-", "tcp/8080", "-"]]
    assert f"{ORDERS} " not in out
    assert f"{ORDERS} " in printed(capsys, "reach", "--file", SHOP, "--preview", PREVIEW, "--all")


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A program reads every pair, and what is not known."""
    document: Any = json.loads(printed(capsys, "reach", "--file", SHOP, "--preview", PREVIEW, "--json"))
    by_ends = {(each["source"], each["destination"]): each for each in document["pairs"]}
    assert by_ends[STOREFRONT, DATABASE]["becomes"] == ["tcp/5432"]
    assert document["unknown"] == []
    assert json.loads(printed(capsys, "reach", "--file", SHOP, "--system", "--json"))["workloads"][0].startswith(
        "calico-system/"
    )


def test_the_picture_of_the_guide(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The picture in the guide is what the command of the guide draws; if not, draw it again."""
    path = tmp_path / "reach.svg"
    assert "2 workloads and 3 members" in printed(
        capsys, "reach", "--file", SHOP, "--preview", PREVIEW, "--svg", str(path)
    )
    assert path.read_text() == (DOCS / "images" / "reach.svg").read_text()


def test_what_was_read_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --save a file is written that answers the same, also to compile."""
    path = str(tmp_path / "kept.json")
    first = printed(capsys, "reach", "--file", SHOP, "--save", path)
    assert printed(capsys, "reach", "--file", path) == first
    assert "sg-remote" in printed(capsys, "compile", "--file", path)


@pytest.mark.parametrize(
    ("question", "code", "words"),
    [
        ((ORDERS, DATABASE, "5432"), 0, "ALLOWED"),
        ((STOREFRONT, DATABASE, "tcp/5432"), 3, "DENIED"),
        ((ORDERS, "10.20.0.7", "5432"), 3, "DENIED"),
    ],
)
def test_an_answer_and_its_exit_code(
    question: tuple[str, str, str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Allowed is 0, denied is 3: neither that of a failure nor that of a typing error."""
    assert printed(capsys, "explain", *question, "--file", SHOP, code=code).startswith(words)
    document = json.loads(printed(capsys, "explain", *question, "--file", SHOP, "--json", code=code))
    assert document["verdict"] == words.lower()


def test_an_answer_that_depends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where it depends on the address, the exit code is one of its own."""
    document = json.loads(Path(SHOP).read_text())
    pods = [each for each in document["pods"] if each["workload"] == "deployment/orders-api"]
    pods[0]["addresses"], pods[1]["addresses"] = ["10.20.0.100"], ["10.20.1.100"]
    group = next(each for each in document["groups"] if each["name"] == "db-sg")
    rule = {"id": "sgr-1", "direction": "from", "protocol": "tcp", "from_port": 9, "to_port": 9}
    group["rules"].append({**rule, "peer_kind": "cidr_ipv4", "peer": "10.20.1.0/24"})
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(document))
    assert printed(capsys, "explain", ORDERS, DATABASE, "9", "--file", str(path), code=4).startswith("IT DEPENDS")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("explain", "nobody", DATABASE, "5432", "--file", SHOP), "source: nothing here is called 'nobody'"),
        (("explain", ORDERS, DATABASE, "http", "--file", SHOP), "'http' is no port"),
        (("reach", "--file", SHOP, "--preview", SHOP), "neither the output of `pulumi preview --json`"),
        (("reach", "--file", str(DOCS / "enforcement.md")), "it is no JSON"),
        (("reach", "--file", "/nonexistent"), "No such file"),
        (("reach", "--vpc-id", "vpc-zz"), "--vpc-id"),
        (("reach", "--vpc-id", "vpc-0123456789abcdef0", "--node-group", "x"), "--node-group"),
    ],
)
def test_a_question_that_fails(arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be answered is one line on the error stream, and exit code 1."""
    assert main(arguments) == 1
    assert words in capsys.readouterr().err
