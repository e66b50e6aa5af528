"""The environment variables by which Pulumi, boto3 and Kubernetes clients use a sandbox and nothing else."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

REGION = "eu-central-1"
LOOPBACK = "127.0.0.1,localhost"
_SERVICES = ("EC2", "RDS", "STS", "EKS")  # those that the product and its plugins talk to


def pulumi_variables(directory: Path) -> dict[str, str]:
    """Pulumi with a home and a state of its own in the sandbox's directory, which this makes; it downloads nothing."""
    home, state = directory / "pulumi-home", directory / "pulumi-state"
    home.mkdir(parents=True, exist_ok=True)
    state.mkdir(parents=True, exist_ok=True)
    return {
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "sandbox",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_PYTHON_CMD": sys.executable,
    }


def aws_variables(directory: Path, url: str) -> dict[str, str]:
    """AWS at that address only: the user's own profiles, endpoints and credentials are out of reach.

    An endpoint of one service wins over the general one, and a profile over much else, so both are given. See
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html.
    """
    config, credentials = directory / "aws-config", directory / "aws-credentials"
    config.write_text(f"[default]\nregion = {REGION}\n")
    credentials.write_text("[default]\naws_access_key_id = test\naws_secret_access_key = test\n")
    return {
        "AWS_ENDPOINT_URL": url,
        **{f"AWS_ENDPOINT_URL_{service}": url for service in _SERVICES},
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": "",
        "AWS_PROFILE": "default",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def kubernetes_variables(kubeconfig: Path | None) -> dict[str, str]:
    """The cluster of that kubeconfig; with None, none at all, and not the user's own either."""
    return {"KUBECONFIG": str(kubeconfig or os.devnull)}


def completed(variables: Mapping[str, str], path: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Add what depends on who asks: PATH with the sandbox's directories first, and no proxy on the way to loopback.

    Args:
        variables: of the sandbox.
        path: the directories that come first on PATH, each once.
        environment: that of who asks.
    """
    rest = [each for each in environment.get("PATH", "").split(os.pathsep) if each and each not in path]
    no_proxy = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    exempt = no_proxy if LOOPBACK in no_proxy else ",".join(filter(None, (LOOPBACK, no_proxy)))
    return {**variables, "PATH": os.pathsep.join([*path, *rest]), "NO_PROXY": exempt, "no_proxy": exempt}
