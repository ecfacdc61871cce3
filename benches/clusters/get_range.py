"""Looks for a text in a column family with pycassa under Python 2.7, all columns of each row. Prints the
number of cells that hold it.

    get_range.py PORT KEYSPACE FAMILY TEXT
"""

from __future__ import print_function

import sys

from pycassa.columnfamily import ColumnFamily
from pycassa.pool import ConnectionPool

port, keyspace, name, text = sys.argv[1:]
family = ColumnFamily(ConnectionPool(keyspace, ["127.0.0.1:" + port]), name)
found = 0
for key, columns in family.get_range(column_count=100000, buffer_size=1024):
    for column, value in columns.items():
        if text in key or text in column or text in value:
            found += 1
print(found)
