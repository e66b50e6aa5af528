"""Names from the installed SDKs, and where plugins are put."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.install import install
from sg_integration.sandbox.plugins.names import lookup_names, provider_inputs, resource_names, sdk_version

RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


@pytest.fixture
def no_plugins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without any official plugin."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("PULUMI_HOME", raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


def program(home: Path, package: str = "aws") -> Path:
    """Where the engine looks for a plugin."""
    folder = home / "plugins" / f"resource-{package}-v{sdk_version(f'pulumi_{package}')}"
    return folder / f"pulumi-resource-{package}"


def official(path: Path, version: str) -> Path:
    """A program that answers its version, as the official plugin does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho v{version}\n")
    path.chmod(0o755)
    return path


def test_names_of_a_resource_are_those_of_the_wire() -> None:
    """Inputs, required inputs and outputs come from the SDK's source, in the spelling that the engine sees."""
    names = resource_names("pulumi_aws", RULE)

    assert {"cidrIpv4", "referencedSecurityGroupId", "region", "tags"} <= names.inputs
    assert names.required == {"ipProtocol", "securityGroupId"}
    assert names.outputs - names.inputs == {"arn", "securityGroupRuleId", "tagsAll"}


def test_names_of_a_lookup_and_of_the_provider() -> None:
    """The arguments and the answer of a lookup, and the arguments of a provider, are known too."""
    assert {"cidrBlock", "filters", "tags"} <= lookup_names("pulumi_aws", "aws:ec2/getVpc:getVpc").inputs
    assert "accountId" in lookup_names("pulumi_aws", "aws:index/getCallerIdentity:getCallerIdentity").outputs
    assert {"region", "endpoints", "skipCredentialsValidation"} <= provider_inputs("pulumi_aws")


@pytest.mark.parametrize(
    "token", ["aws:ec2/nonsense:Nonsense", "aws:ec2/vpc:Nonsense", "nonsense", "aws:ec2/getVpc:getVpc"]
)
def test_an_unknown_type_is_refused_by_name(token: str) -> None:
    """A type that the SDK does not have is refused, naming it."""
    with pytest.raises(PluginError, match=f"has no resource type {token}"):
        resource_names("pulumi_aws", token)


def test_an_sdk_that_is_not_installed_is_named() -> None:
    """A missing SDK is refused with what to install."""
    with pytest.raises(PluginError, match="pulumi_nonsense: it is not installed"):
        sdk_version("pulumi_nonsense")


def test_the_sdk_is_not_imported() -> None:
    """Reading names imports nothing of the SDK, which would take seconds."""
    code = (
        "import sys; from sg_integration.sandbox.plugins.names import resource_names; "
        f"resource_names('pulumi_aws', {RULE!r}); sys.exit('pulumi_aws' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.usefixtures("no_plugins")
def test_stand_ins_are_installed_where_the_engine_looks(tmp_path: Path) -> None:
    """With no official plugin about, both packages get a launcher in the version that the SDK asks for."""
    assert install(tmp_path) == {"aws": "stand-in", "kubernetes": "stand-in"}

    assert os.access(program(tmp_path, "aws"), os.X_OK)
    assert os.access(program(tmp_path, "kubernetes"), os.X_OK)


@pytest.mark.usefixtures("no_plugins")
def test_installing_again_changes_the_interpreter(tmp_path: Path) -> None:
    """A second installation replaces the launcher, and leaves nothing else behind."""
    install(tmp_path)
    install(tmp_path, python="/other python")

    assert "exec '/other python' " in program(tmp_path).read_text()
    assert list(program(tmp_path).parent.iterdir()) == [program(tmp_path)]


@pytest.mark.usefixtures("no_plugins")
def test_a_program_directory_cannot_shadow_the_plugin(tmp_path: Path) -> None:
    """The launcher starts our module also where the program's directory has modules of the same names."""
    install(tmp_path)
    (tmp_path / "grpc.py").write_text("raise SystemExit('shadowed')")

    with subprocess.Popen(
        [program(tmp_path)], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline().strip().isdigit()
        process.communicate()


@pytest.mark.usefixtures("no_plugins")
def test_the_official_plugin_in_the_users_home_is_preferred(tmp_path: Path) -> None:
    """An official plugin of the right version in ~/.pulumi is linked; the other package still gets its stand-in."""
    theirs = official(program(Path.home() / ".pulumi"), "ignored")

    assert install(tmp_path) == {"aws": "official", "kubernetes": "stand-in"}
    assert program(tmp_path).resolve() == theirs.resolve()


@pytest.mark.usefixtures("no_plugins")
@pytest.mark.parametrize(("offset", "kind"), [("", "official"), ("9", "stand-in")])
def test_a_plugin_on_path_counts_only_in_the_right_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offset: str, kind: str
) -> None:
    """An official plugin on PATH is linked when it says the SDK's version, and left alone when it says another."""
    theirs = official(tmp_path / "bin" / "pulumi-resource-aws", sdk_version("pulumi_aws") + offset)
    monkeypatch.setenv("PATH", f"{theirs.parent}:/usr/bin:/bin")

    assert install(tmp_path / "home")["aws"] == kind


@pytest.mark.usefixtures("no_plugins")
def test_an_official_plugin_in_place_is_never_overwritten(tmp_path: Path) -> None:
    """An official plugin that is already in the home stays as it is."""
    theirs = official(program(tmp_path), "x")
    before = theirs.read_text()

    assert install(tmp_path)["aws"] == "official"
    assert theirs.read_text() == before


@pytest.mark.usefixtures("no_plugins")
def test_a_stand_in_gives_way_to_the_official_plugin(tmp_path: Path) -> None:
    """Where a stand-in was installed, the official plugin takes its place as soon as it is there."""
    install(tmp_path)
    official(program(Path.home() / ".pulumi"), "ignored")

    assert install(tmp_path)["aws"] == "official"
    assert program(tmp_path).is_symlink()
