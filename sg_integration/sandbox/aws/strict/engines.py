"""Engines of databases that moto does not know, or cannot make without being told their version.

Instances and clusters of DocumentDB and Neptune show in RDS's lists, since they share its control plane:
https://docs.aws.amazon.com/documentdb/latest/developerguide/db-cluster-create.html; the versions are examples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.rds.models import DBCluster, DBInstance
from moto.rds.utils import ClusterEngine, DbInstanceEngine

if TYPE_CHECKING:
    from collections.abc import Callable

# engine: version, port
_INSTANCES = {
    "custom-oracle-ee": ("19.cev1", 1521),
    "custom-oracle-ee-cdb": ("19.cev1", 1521),
    "custom-sqlserver-ee": ("15.00.4249.2.cev1", 1433),
    "custom-sqlserver-se": ("15.00.4249.2.cev1", 1433),
    "custom-sqlserver-web": ("15.00.4249.2.cev1", 1433),
    "mariadb": ("11.4.3", 3306),
    "oracle-ee-cdb": ("19.0.0.0.ru-2024-07.rur-2024-07.r1", 1521),
    "oracle-se2-cdb": ("19.0.0.0.ru-2024-07.rur-2024-07.r1", 1521),
}
_DOCDB = ("docdb", "5.0.0", 27017)
_STORAGE = 20  # GiB, of what has none of its own here


def mend() -> None:
    """Let moto make them."""
    name, version, port = _DOCDB
    ports = {engine: own for engine, (_, own) in _INSTANCES.items()} | {name: port}
    DBInstance.default_engine_versions |= {engine: own for engine, (own, _) in _INSTANCES.items()}
    replacements: tuple[tuple[Any, str, Any], ...] = (
        (ClusterEngine, "list_cluster_engines", _and_docdb(ClusterEngine.list_cluster_engines)),
        (DbInstanceEngine, "valid_db_instance_engine", _and_docdb(DbInstanceEngine.valid_db_instance_engine)),
        (DBCluster, "default_engine_version", _known_or(DBCluster.default_engine_version, {name: version})),
        (DBCluster, "default_port", _known_or(DBCluster.default_port, ports)),
        (DBInstance, "default_port", _known_or(DBInstance.default_port, ports)),
        (DBCluster, "default_allocated_storage", _storage(DBCluster.default_allocated_storage)),
        (DBInstance, "default_allocated_storage", _storage(DBInstance.default_allocated_storage)),
    )
    for owner, attribute, replacement in replacements:
        setattr(owner, attribute, replacement)


def _and_docdb(engines: Callable[[], list[str]]) -> Any:
    known = sorted({*engines(), _DOCDB[0]})
    return staticmethod(lambda: known)


def _known_or(of_moto: Callable[[str], Any], more: dict[str, Any]) -> Any:
    """Return moto's answer for an engine, or ours where there is one."""
    return staticmethod(lambda engine: more[engine] if engine in more else of_moto(engine))


def _storage(of_moto: Callable[[str, str], int]) -> Any:
    def storage(engine: str, storage_type: str) -> int:
        try:
            return of_moto(engine, storage_type)
        except KeyError:
            return _STORAGE

    return staticmethod(storage)
