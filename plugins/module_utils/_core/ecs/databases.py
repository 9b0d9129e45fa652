# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that keep data, told by their image's name: databases, brokers, search engines and object stores."""

from __future__ import annotations

import re

from .task import Container

#: The last part of the image's name, or its last two where the last says nothing.
_STORES = {
    *("postgres", "postgresql", "postgis", "pgvector", "timescaledb", "timescaledb-ha", "supabase/postgres"),
    *("mysql", "mysql-server", "mariadb", "percona", "percona-server", "mssql/server", "azure-sql-edge"),
    *("mongo", "mongodb", "mongodb-community-server", "mongodb-enterprise-server", "percona-server-mongodb"),
    *("couchdb", "couchbase", "couchbase/server", "arangodb", "neo4j", "dgraph", "surrealdb", "rethinkdb"),
    *("cassandra", "scylla", "cockroach", "yugabyte", "clickhouse", "clickhouse-server", "influxdb", "questdb"),
    *("rabbitmq", "kafka", "cp-kafka", "cp-server", "redpanda", "zookeeper", "cp-zookeeper", "pulsar", "activemq"),
    *("elasticsearch", "opensearch", "solr", "meilisearch", "typesense", "vespa"),
    *("milvus", "qdrant", "weaviate", "chroma", "minio", "etcd"),
}
#: These keep data where somebody gave them a volume, and are a cache otherwise.
_CACHES = {
    *("redis", "redis-stack", "redis-stack-server", "valkey", "valkey-bundle", "keydb", "dragonfly", "memcached"),
}
#: What belongs beside a database: it deploys with it, and listens on a port of its own.
_COMPANIONS = {
    *("pgbouncer", "pgpool", "pgadmin4", "phpmyadmin", "adminer", "mongo-express", "redis-commander", "redisinsight"),
    *("kibana", "opensearch-dashboards", "kafka-ui", "proxysql"),
}
#: Programs of the same images that use a database instead of being one.
_CLIENTS = {
    *("psql", "pg_dump", "pg_dumpall", "pg_restore", "pg_isready", "pg_basebackup", "mysql", "mysqldump"),
    *("mysqladmin", "mariadb-dump", "mariadb-admin", "mongosh", "mongodump", "mongorestore", "redis-cli"),
    *("valkey-cli", "rabbitmqadmin", "clickhouse-client", "cqlsh", "cypher-shell", "etcdctl"),
}
_WORDS = re.compile(r"[^\s;|&()'\"]+")


def keeps_data(container: Container) -> bool:
    """Whether this is a database (or a broker, or a store) of whose data there may be more than one copy."""
    names = _names(container)
    if names & _CACHES:
        return any(not mount.get("readOnly") for mount in container.get("mountPoints") or [])
    return bool(names & _STORES) and not _is_client(container)


def serves_a_database(container: Container) -> bool:
    """A cache, a pooler, an exporter of metrics, a web page to look at the data."""
    names = _names(container)
    return bool(names & (_CACHES | _COMPANIONS)) or any(name.endswith("exporter") for name in names)


def _names(container: Container) -> set[str]:
    """registry.example.com:5000/library/postgres:16@sha256:... is called `postgres` and `library/postgres`."""
    repository, _slash, last = (container.get("image") or "").partition("@")[0].rpartition("/")
    name = last.partition(":")[0]
    return {name, f"{repository.rpartition('/')[2]}/{name}"}


def _is_client(container: Container) -> bool:
    command = [*(container.get("entryPoint") or []), *(container.get("command") or [])]
    return not _CLIENTS.isdisjoint(_WORDS.findall(" ".join(command)))
