"""A real Kubernetes control plane on loopback: etcd, kube-apiserver and, only if asked for, some controllers.

No node runs and by default no controller. So no Deployment makes pods, the `edit` and `view` roles stay empty, and a
deleted namespace stays `Terminating`. Everything that the API server itself does is real: server-side apply, dry run,
admission policies, RBAC, custom resources.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import ssl
import urllib.request
from typing import TYPE_CHECKING

from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.kubernetes import credentials
from sg_integration.sandbox.kubernetes.audit import AuditLog
from sg_integration.sandbox.processes import Child, on_free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from typing_extensions import Self

_NO_PROXY = urllib.request.ProxyHandler({})  # loopback is never reached through a proxy
_ANSWER = 2.0  # seconds that one health question may take
_START = 60.0  # seconds until a part must be ready; usually 1 and 5
_GRACE = 2.0  # seconds before it is made to end: its data is thrown away, a slow good-bye is worth nothing


class EmbeddedKubernetes:
    """An empty cluster for as long as this process lives; a context manager, or `start` and `stop`.

    Args:
        bin_dir: the directory that holds `etcd` and `kube-apiserver` (1.36 or newer).
        directory: receives data, keys, logs and the kubeconfig; what an earlier run left there is removed.
        controllers: the controllers to run in kube-controller-manager (which `bin_dir` must hold then), by its names for
            them: e.g. `namespace-controller` and `garbage-collector-controller`, which deletions wait for.
        audited: API groups, as `projectcalico.org`: the API server logs every write of their objects.

    Attributes:
        audit: what it has logged.
        kubeconfig: file with an administrator's token, readable by its owner only; there once started.
    """

    def __init__(
        self, *, bin_dir: Path, directory: Path, controllers: Sequence[str] = (), audited: Sequence[str] = ()
    ) -> None:
        self._bin_dir = bin_dir
        self._directory = directory
        self._controllers = controllers
        self.audit = AuditLog(directory, audited)
        self._children: list[Child] = []
        self._url = ""
        self._token = ""
        self.kubeconfig = directory / "kubeconfig"

    @property
    def url(self) -> str:
        """The address of the API server, e.g. `https://127.0.0.1:41233`."""
        return self._while_running(self._url)

    @property
    def token(self) -> str:
        """The bearer token of an administrator."""
        return self._while_running(self._token)

    @property
    def pids(self) -> dict[str, int]:
        """The process id of each running part."""
        return {child.name: child.pid for child in self._children}

    def start(self) -> None:
        """Start etcd, then the API server, then what controllers are wanted; return when they are ready.

        Raises:
            SandboxError: it runs already, a program is missing, or one of them did not become ready.
        """
        if self._children:
            raise SandboxError(f"starting Kubernetes in {self._directory}: it is running already.")
        try:
            etcd = on_free_ports(2, self._start_etcd)
            on_free_ports(1, lambda ports: self._start_api_server(etcd, ports[0]))
            if self._controllers:
                on_free_ports(1, lambda ports: self._start_controllers(ports[0]))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End them, etcd last; harmless if they do not run."""
        while self._children:
            self._children.pop().stop()

    def _while_running(self, value: str) -> str:
        if not self._children:
            raise SandboxError("asking for the address of Kubernetes: it does not run. Start it first.")
        return value

    def _start_etcd(self, ports: list[int]) -> str:
        shutil.rmtree(self._directory / "etcd", ignore_errors=True)
        clients, peers = (f"http://127.0.0.1:{port}" for port in ports)
        flags = {
            "data-dir": str(self._directory / "etcd"),
            "listen-client-urls": clients,
            "advertise-client-urls": clients,
            "listen-peer-urls": peers,
            "log-level": "error",
        }
        self._run("etcd", [*_as_arguments(flags), "--unsafe-no-fsync"], lambda: _answers(f"{clients}/health"))
        return clients

    def _start_api_server(self, etcd: str, port: int) -> None:
        keys = self._directory / "keys"
        shutil.rmtree(keys, ignore_errors=True)
        keys.mkdir(parents=True)
        self._url = f"https://127.0.0.1:{port}"
        self._token = credentials.write_admin_token(keys / "tokens.csv")
        private, public = credentials.write_service_account_key(keys)
        flags = {
            "etcd-servers": etcd,
            "cert-dir": str(keys),
            "bind-address": "127.0.0.1",
            "advertise-address": "127.0.0.1",
            "secure-port": str(port),
            "service-cluster-ip-range": "10.0.0.0/24",
            "authorization-mode": "RBAC",
            "disable-admission-plugins": "ServiceAccount",  # nobody runs that would make the accounts it asks for
            "service-account-issuer": f"{self._url}/",
            "service-account-key-file": str(public),
            "service-account-signing-key-file": str(private),
            "token-auth-file": str(keys / "tokens.csv"),
            "endpoint-reconciler-type": "none",
            "allow-privileged": "true",
            **self.audit.start(),
        }
        certificate = keys / "apiserver.crt"  # the server makes it at its first start
        self._run("kube-apiserver", _as_arguments(flags), lambda: self._is_ready(certificate))
        credentials.write_kubeconfig(
            self.kubeconfig, url=self._url, token=self._token, certificate=certificate.read_bytes()
        )

    def _start_controllers(self, port: int) -> None:
        keys = self._directory / "keys"
        flags = {
            "kubeconfig": str(self.kubeconfig),
            "controllers": ",".join(self._controllers),
            "use-service-account-credentials": "true",  # each with its own rights, not an administrator's
            "service-account-private-key-file": str(keys / "sa.key"),
            "leader-elect": "false",
            "cert-dir": str(keys),
            "bind-address": "127.0.0.1",
            "secure-port": str(port),
        }
        address, certificate = f"https://127.0.0.1:{port}/healthz", keys / "kube-controller-manager.crt"
        self._run(
            "kube-controller-manager",
            _as_arguments(flags),
            lambda: certificate.exists() and _answers(address, certificate=certificate),
        )

    def _is_ready(self, certificate: Path) -> bool:
        return certificate.exists() and _answers(f"{self._url}/readyz", certificate=certificate, token=self._token)

    def _run(self, name: str, arguments: list[str], ready: Callable[[], bool]) -> None:
        child = Child.start(
            [self._bin_dir / name, *arguments],
            env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
            log=self._directory / f"{name}.log",
            ready=ready,
            timeout=_START,
            grace=_GRACE,
        )
        self._children.append(child)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _as_arguments(flags: dict[str, str]) -> list[str]:
    return [f"--{name}={value}" for name, value in flags.items()]


def _answers(url: str, *, certificate: Path | None = None, token: str = "") -> bool:
    """Whether a health address answers with success; an HTTP error is an `OSError`, which means "not yet"."""
    handlers: list[urllib.request.BaseHandler] = [_NO_PROXY]
    if certificate is not None:
        context = ssl.create_default_context(cafile=str(certificate))
        handlers.append(urllib.request.HTTPSHandler(context=context))
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})  # noqa: S310
    with contextlib.closing(urllib.request.build_opener(*handlers).open(request, timeout=_ANSWER)) as answer:
        return bool(answer.status == 200)  # noqa: PLR2004 - OK
