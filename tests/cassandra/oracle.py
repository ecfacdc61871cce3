"""Finds a text in the column families of a keyspace by plain search, with clients that others wrote:
pycassa under Python 2.7, or the Python driver (native protocol 1) under Python 3. Prints one line for
each hit: column family, row key and column name (of a super column, both names after each other) in
hexadecimal; a hit in a key has no column.

    oracle.py THRIFT_PORT CQL_PORT KEYSPACE TEXT
"""

from __future__ import print_function

import binascii
import sys


def hexadecimal(value):
    if not isinstance(value, bytes):
        value = value.encode("utf-8")
    return binascii.hexlify(value).decode("ascii")


def by_pycassa(port, keyspace, text):
    from pycassa import ConsistencyLevel
    from pycassa.columnfamily import ColumnFamily
    from pycassa.pool import ConnectionPool
    from pycassa.system_manager import SystemManager

    address = "127.0.0.1:" + port
    manager = SystemManager(address)
    families = manager.get_keyspace_column_families(keyspace)
    pool = ConnectionPool(keyspace, [address])
    for name, definition in sorted(families.items()):
        family = ColumnFamily(pool, name, read_consistency_level=ConsistencyLevel.QUORUM,
                              autopack_names=False, autopack_values=False, autopack_keys=False)
        for key, columns in family.get_range(column_count=1000000, buffer_size=64):
            if text in key:
                yield name, key, b""
            for column, value in columns.items():
                inside = value.items() if definition.column_type == "Super" else [(b"", value)]
                for inner, content in inside:
                    if text in column or text in inner or text in content:
                        yield name, key, column + inner


def by_driver(port, keyspace, text):
    from cassandra import ConsistencyLevel
    from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
    from cassandra.policies import WhiteListRoundRobinPolicy
    from cassandra.query import SimpleStatement, tuple_factory

    profile = ExecutionProfile(WhiteListRoundRobinPolicy(["127.0.0.1"]), row_factory=tuple_factory,
                               consistency_level=ConsistencyLevel.ONE)
    cluster = Cluster(["127.0.0.1"], port=int(port), protocol_version=1,
                      execution_profiles={EXEC_PROFILE_DEFAULT: profile})
    session = cluster.connect()
    families = session.execute(
        "SELECT columnfamily_name, comparator FROM system.schema_columnfamilies WHERE keyspace_name = %s", (keyspace,))
    for name, comparator in families:
        # Composite names come apart in CQL and cannot be told like the others.
        if "Composite" in comparator:
            continue
        statement = SimpleStatement('SELECT * FROM "%s"."%s" LIMIT 10000000' % (keyspace, name), fetch_size=None)
        for row in session.execute(statement):
            parts = [part if isinstance(part, bytes) else str(part).encode("utf-8") for part in row]
            if text in parts[0]:
                yield name, parts[0], b""
            elif len(parts) == 3 and (text in parts[1] or text in parts[2]):
                yield name, parts[0], parts[1]
    cluster.shutdown()


def main():
    thrift, cql, keyspace, text = sys.argv[1:]
    text = text if isinstance(text, bytes) else text.encode("utf-8")
    found = by_pycassa(thrift, keyspace, text) if sys.version_info[0] == 2 else by_driver(cql, keyspace, text)
    for name, key, column in found:
        print(name, hexadecimal(key), hexadecimal(column) or "-")


main()
