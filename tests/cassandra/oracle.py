"""Finds a text in the tables of a keyspace by plain search, with clients that others wrote: pycassa under
Python 2.7, or the Python driver under Python 3 (native protocol 1 for release 1.2). Compressed values are
opened, and what stands inside a longer word is left out. Prints one line for each hit: table, key and
column name (of a super column, both names after each other) in hexadecimal; a hit in a key has no column.

    oracle.py THRIFT_PORT CQL_PORT HOST KEYSPACE TEXT

Without a Thrift port (-) it is a cluster of release 3.0 or later.
"""

from __future__ import print_function

import binascii
import re
import sys
import zlib


def to_bytes(value):
    return value if isinstance(value, bytes) else value.encode("utf-8")


def hexadecimal(value):
    return binascii.hexlify(to_bytes(value)).decode("ascii")


class Wanted:
    def __init__(self, text):
        word = br"[0-9A-Za-z_%+-]"
        self.pattern = re.compile(
            br"(?<!" + word + br")(?<![0-9A-Za-z]\.)" + re.escape(to_bytes(text)) + br"(?!" + word + br")(?!\.[0-9A-Za-z])",
            re.IGNORECASE)

    def within(self, value):
        """Whether a value, or what it is made of, holds the text."""
        if value is None:
            return False
        if isinstance(value, dict) or hasattr(value, "items"):
            return any(self.within(key) or self.within(part) for key, part in value.items())
        if isinstance(value, (list, tuple, set, frozenset)) or type(value).__name__ == "SortedSet":
            return any(self.within(part) for part in value)
        content = value if isinstance(value, bytes) else to_bytes(u"%s" % (value,))
        if content[:2] == b"\x1f\x8b":
            try:
                content = zlib.decompress(content, 31)
            except zlib.error:
                pass
        # JSON may write a sign as its number, and a JSON text inside JSON doubles what is before it.
        plain = re.sub(br"\\+u0040", b"@", content)
        return bool(self.pattern.search(plain))


def by_pycassa(port, keyspace, wanted):
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
            if wanted.within(key):
                yield name, key, b""
            for column, value in columns.items():
                inside = value.items() if definition.column_type == "Super" else [(b"", value)]
                for inner, content in inside:
                    if wanted.within(column) or wanted.within(inner) or wanted.within(content):
                        yield name, key, column + inner


def connect(host, port, version):
    from cassandra import ConsistencyLevel
    from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
    from cassandra.policies import WhiteListRoundRobinPolicy
    from cassandra.query import tuple_factory

    profile = ExecutionProfile(WhiteListRoundRobinPolicy([host]), row_factory=tuple_factory,
                               consistency_level=ConsistencyLevel.ONE)
    return Cluster([host], port=int(port), protocol_version=version, execution_profiles={EXEC_PROFILE_DEFAULT: profile})


def by_driver(port, host, keyspace, wanted):
    from cassandra.query import SimpleStatement

    cluster = connect(host, port, 1)
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
            if wanted.within(parts[0]):
                yield name, parts[0], b""
            elif len(parts) == 3 and (wanted.within(parts[1]) or wanted.within(parts[2])):
                yield name, parts[0], parts[1]
    cluster.shutdown()


def rows_of(session, keyspace, table, columns):
    """Rows and their columns. Of a static compact table the last ones are listed and cannot be read."""
    from cassandra import InvalidRequest

    def read(chosen):
        names = ['"%s"' % name.replace('"', '""') for _, _, name in chosen]
        return chosen, session.execute('SELECT %s FROM "%s"."%s"' % (", ".join(names), keyspace, table))

    try:
        return read(columns)
    except InvalidRequest:
        return read([column for column in columns if column[0] in ("partition_key", "static")])


def by_modern_driver(port, host, keyspace, wanted):
    cluster = connect(host, port, 4)
    session = cluster.connect()
    tables = {}
    for table, column, kind, place, of in session.execute(
            "SELECT table_name, column_name, kind, position, type FROM system_schema.columns WHERE keyspace_name = %s",
            (keyspace,)):
        # The driver cannot read a column whose type it does not know.
        if "'" not in of:
            tables.setdefault(table, []).append((kind, place, column))
    order = {"partition_key": 0, "clustering": 1}
    for table, columns in sorted(tables.items()):
        columns.sort(key=lambda column: (order.get(column[0], 2), column[1]))
        columns, rows = rows_of(session, keyspace, table, columns)
        keys = sum(kind in order for kind, _, _ in columns)
        for row in rows:
            key = ":".join("%s" % (part,) for part in row[:keys])
            if wanted.within(row[:keys]):
                yield table, key, b""
            for (_, _, name), value in zip(columns[keys:], row[keys:]):
                if wanted.within(value):
                    yield table, key, name
    cluster.shutdown()


def main():
    thrift, cql, host, keyspace, text = sys.argv[1:]
    wanted = Wanted(text)
    if thrift == "-":
        found = by_modern_driver(cql, host, keyspace, wanted)
    elif sys.version_info[0] == 2:
        found = by_pycassa(thrift, keyspace, wanted)
    else:
        found = by_driver(cql, host, keyspace, wanted)
    for name, key, column in found:
        print(name, hexadecimal(key), hexadecimal(column) or "-")


main()
