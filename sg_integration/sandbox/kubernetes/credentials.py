"""What gives access to the embedded API server: the service-account key, the admin's token, the kubeconfig file."""

from __future__ import annotations

import base64
import json
import os
import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

if TYPE_CHECKING:
    from pathlib import Path

NAME = "sg-integration-sandbox"  # of the cluster, the user and the context in the kubeconfig


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, from the first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def write_service_account_key(directory: Path) -> tuple[Path, Path]:
    """Make a key that signs service-account tokens; returns the files of the private and the public half."""
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = directory / "sa.key", directory / "sa.pub"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    write_private(private, pem.decode())
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def write_admin_token(path: Path) -> str:
    """Make a token for a member of `system:masters`, who may do everything, and the token file; returns the token."""
    token = secrets.token_urlsafe(32)
    write_private(path, f'{token},sandbox-admin,sandbox-admin,"system:masters"\n')
    return token


def write_kubeconfig(path: Path, *, url: str, token: str, certificate: bytes) -> None:
    """Write a kubeconfig that verifies the server by the certificate which the server made for itself.

    It is JSON, which is YAML too: every client reads it, and writing it needs no YAML library.
    """
    cluster = {"server": url, "certificate-authority-data": base64.b64encode(certificate).decode()}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": NAME, "cluster": cluster}],
        "users": [{"name": NAME, "user": {"token": token}}],
        "contexts": [{"name": NAME, "context": {"cluster": NAME, "user": NAME}}],
        "current-context": NAME,
    }
    write_private(path, json.dumps(config, indent=2) + "\n")
