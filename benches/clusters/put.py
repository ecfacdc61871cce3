"""Writes lines of key, column and value, with tabs between, into a column family of its own by pycassa under
Python 2.7.

    put.py PORT < LINES
"""

import sys

from pycassa.columnfamily import ColumnFamily
from pycassa.pool import ConnectionPool
from pycassa.system_manager import SIMPLE_STRATEGY, UTF8_TYPE, SystemManager

address = "127.0.0.1:" + sys.argv[1]
manager = SystemManager(address)
if "bench" not in manager.list_keyspaces():
    manager.create_keyspace("bench", SIMPLE_STRATEGY, {"replication_factor": "1"})
    manager.create_column_family("bench", "settings", comparator_type=UTF8_TYPE, key_validation_class=UTF8_TYPE,
                                 default_validation_class=UTF8_TYPE)
family = ColumnFamily(ConnectionPool("bench", [address]), "settings",
                      autopack_names=False, autopack_values=False, autopack_keys=False)
with family.batch(queue_size=500) as batch:
    for line in sys.stdin:
        key, column, value = line.rstrip("\n").split("\t", 2)
        batch.insert(key, {column: value})
