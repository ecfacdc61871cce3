"""Looks for a text in a table with the Python driver: 64 token ranges, 4 threads. Prints the number of rows
that hold it.

    driver.py HOST TABLE TEXT
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import WhiteListRoundRobinPolicy
from cassandra.query import tuple_factory

RANGES = 64


def main():
    host, table, text = sys.argv[1:]
    profile = ExecutionProfile(WhiteListRoundRobinPolicy([host]), row_factory=tuple_factory, request_timeout=60)
    cluster = Cluster([host], protocol_version=4, execution_profiles={EXEC_PROFILE_DEFAULT: profile})
    session = cluster.connect("bench")
    session.default_fetch_size = 5000
    statement = session.prepare(
        f"SELECT key, column1, value, packed FROM {table} WHERE token(key) > ? AND token(key) <= ?")
    coded = text.encode()

    def search(part):
        first, last = (-2**63 + n * 2**64 // RANGES for n in (part, part + 1))
        found = 0
        for key, column, value, packed in session.execute(statement, (first, min(last, 2**63 - 1))):
            if text in key or text in column or text in value or (packed and coded in packed):
                found += 1
        return found

    with ThreadPoolExecutor(4) as pool:
        print(sum(pool.map(search, range(RANGES))))
    cluster.shutdown()


main()
