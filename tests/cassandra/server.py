#!/usr/bin/env python3
"""Starts and stops Cassandra servers for the tests, on loopback addresses, from the jars of Maven Central.

    server.py jars  --cache DIR --version V            fetches the jars once (needs mvn)
    server.py start --cache DIR --version V --dir RUN [--nodes N] [--net 127.1.2] [--auth] [--tls DIR]
                    [--client-certificate] [--partitioner NAME] [--heap 384m] [--warm] [--jmx]
                    [--extra YAML]
    server.py stop|kill|pause|resume|again --dir RUN [--node I]
    server.py dump --dir RUN --file DATA_DB        what sstabledump prints of a file
    server.py counts --dir RUN --keyspace NAME     how many writes node 1 has counted (needs --jmx at the start)

Node I listens on NET.I, port 9042, and with --jmx on port 7199. `start` returns when every node answers. Processes are found by the
files with their ids, never by name. `--warm` is for measurements: the compiler of the JVM works fully.
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
import tempfile
import time
from fractions import Fraction

HERE = pathlib.Path(__file__).resolve().parent
PORT = 9042
JMX = 7199
EXPORTS = """java.base/jdk.internal.misc java.base/jdk.internal.ref java.base/sun.nio.ch java.base/java.lang.ref
 java.management.rmi/com.sun.jmx.remote.internal.rmi java.rmi/sun.rmi.registry java.rmi/sun.rmi.server
 java.sql/java.sql jdk.unsupported/sun.misc jdk.compiler/com.sun.tools.javac.file jdk.attach/sun.tools.attach"""
OPENS = """java.base/java.io java.base/java.math java.base/java.lang java.base/java.lang.module java.base/java.lang.reflect java.base/java.nio
 java.base/java.util java.base/java.util.concurrent java.base/java.util.concurrent.atomic
 java.base/jdk.internal.loader java.base/jdk.internal.math java.base/jdk.internal.module
 java.base/jdk.internal.ref java.base/jdk.internal.reflect java.base/jdk.internal.util.jar java.base/sun.nio.ch
 java.rmi/sun.rmi.transport.tcp jdk.compiler/com.sun.tools.javac jdk.management/com.sun.management.internal"""


def fail(text):
    sys.exit("cassandra: " + text)


def java():
    """A JDK of version 17 or 11; the servers refuse others."""
    homes = [os.environ.get("CASSANDRA_JAVA_HOME"), os.environ.get("JAVA_HOME")]
    homes += sorted(map(str, pathlib.Path("/usr/lib/jvm").glob("*"))) if os.path.isdir("/usr/lib/jvm") else []
    found = shutil.which("java")
    homes += [str(pathlib.Path(found).resolve().parents[1])] if found else []
    for home in filter(None, homes):
        program = pathlib.Path(home) / "bin" / "java"
        if not program.exists():
            continue
        said = subprocess.run([program, "-version"], capture_output=True, text=True).stderr
        if any(f'version "{version}' in said for version in ("17", "11")):
            return str(program)
    sys.exit(3)  # No JDK: the one reason for which the tests are left out.


def jars(cache, version):
    folder = pathlib.Path(cache).resolve() / version
    if (folder / ".complete").exists():
        return folder
    if not shutil.which("mvn"):
        fail("mvn is missing; install maven")
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = tempfile.mkdtemp(prefix=".fetching", dir=folder.parent)
    done = subprocess.run(
        ["mvn", "-B", "-q", "-f", str(HERE / "pom.xml"), f"-Dcassandra.version={version}",
         "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies",
         "-DincludeScope=runtime", f"-DoutputDirectory={fresh}"])
    if done.returncode != 0 or not list(pathlib.Path(fresh).glob("cassandra-all-*.jar")):
        shutil.rmtree(fresh)
        fail("mvn could not fetch the jars")
    (pathlib.Path(fresh) / ".complete").touch()
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(fresh, folder)
    return folder


def tokens(partitioner, node, nodes, each=4):
    """Evenly spread, those of the nodes by turns."""
    def token(part):
        if partitioner == "ByteOrderedPartitioner":
            return f"{int(part * 2**16) + 1:04x}"
        if partitioner == "RandomPartitioner":
            return int(part * 2**127) + 1
        return int(part * 2**64) - 2**63 + 1
    return ",".join(str(token(Fraction(k * nodes + node - 1, nodes * each))) for k in range(each))


def configure(run, node, told):
    folder = run / f"node{node}"
    for name in ("conf", "data", "logs", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    five = told["version"].startswith("5.")
    address = f"{told['net']}.{node}"
    lines = [
        "cluster_name: tests", "num_tokens: 4", f"initial_token: '{tokens(told['partitioner'], node, told['nodes'])}'",
        "auto_bootstrap: false", f"partitioner: org.apache.cassandra.dht.{told['partitioner']}",
        "endpoint_snitch: GossipingPropertyFileSnitch",
        "seed_provider: [{class_name: org.apache.cassandra.locator.SimpleSeedProvider, parameters: "
        f"[{{seeds: {told['net']}.1}}]}}]",
        f"listen_address: {address}", f"rpc_address: {address}", "storage_port: 7000",
        "start_native_transport: true", f"native_transport_port: {PORT}",
        f"data_file_directories: [{folder}/data]", f"commitlog_directory: {folder}/commitlog",
        f"hints_directory: {folder}/hints", f"saved_caches_directory: {folder}/caches",
        f"cdc_raw_directory: {folder}/cdc", "commitlog_sync: periodic", "commitlog_sync_period: 10000ms",
        "commitlog_segment_size: 16MiB", "commitlog_total_space: 128MiB", "concurrent_compactors: 1",
        "memtable_heap_space: 96MiB", "memtable_offheap_space: 64MiB", "key_cache_size: 8MiB",
        "counter_cache_size: 4MiB", "materialized_views_enabled: true", "auto_snapshot: false",
    ]
    if five:
        lines.append("storage_compatibility_mode: NONE")
    if told["auth"]:
        name = "PasswordAuthenticator"
        lines.append(f"authenticator: {{class_name: {name}}}" if five else f"authenticator: {name}")
        lines += ["authorizer: CassandraAuthorizer", "role_manager: CassandraRoleManager",
                  "auth_read_consistency_level: LOCAL_ONE", "permissions_validity: 0ms", "roles_validity: 0ms"]
    if told["tls"]:
        lines.append(
            "client_encryption_options: {enabled: true, optional: false, "
            "ssl_context_factory: {class_name: org.apache.cassandra.security.PEMBasedSslContextFactory}, "
            f"keystore: {told['tls']}/server.pem, truststore: {told['tls']}/ca.pem, "
            f"require_client_auth: {str(told['client_certificate']).lower()}}}")
    if told["extra"]:
        lines.append(told["extra"])
    (folder / "conf/cassandra.yaml").write_text("\n".join(lines) + "\n")
    (folder / "conf/cassandra-rackdc.properties").write_text(f"dc=dc1\nrack=rack{node}\n")
    (folder / "conf/logback.xml").write_text(
        f"<configuration><appender name='F' class='ch.qos.logback.core.FileAppender'><file>{folder}/logs/system.log"
        "</file><encoder><pattern>%-5level %date{ISO8601} %F:%L %msg%n</pattern></encoder></appender>"
        "<root level='INFO'><appender-ref ref='F'/></root></configuration>")


def launch(run, node, told):
    folder = run / f"node{node}"
    library = pathlib.Path(told["jars"])
    command = [told["java"], "-Djdk.attach.allowAttachSelf=true"]
    command += [f"-javaagent:{jar}" for jar in library.glob("jamm-*.jar")]
    command += opened()
    command += [f"-Xms{told['heap']}", f"-Xmx{told['heap']}", "-Xss384k", "-XX:+PerfDisableSharedMem",
                "-XX:+ExitOnOutOfMemoryError"]
    command += ["-XX:+UseG1GC"] if told["warm"] else ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    settings = {
        "java.io.tmpdir": folder / "tmp", "java.net.preferIPv4Stack": "true",
        "io.netty.tryReflectionSetAccessible": "true",
        "cassandra.config": f"file://{folder}/conf/cassandra.yaml", "cassandra.storagedir": folder,
        "cassandra.logdir": folder / "logs", "logback.configurationFile": f"{folder}/conf/logback.xml",
        "cassandra-foreground": "yes", "cassandra.libjemalloc": "-",
        # Nothing to settle with: the members of the ring are known.
        "cassandra.skip_wait_for_gossip_to_settle": 0, "cassandra.ring_delay_ms": 1000,
        "cassandra.superuser_setup_delay_ms": 0, "cassandra.shutdown_announce_in_ms": 0,
    }
    if told.get("jmx"):
        # The agent of the JVM itself, on the node's own loopback address.
        address = f"{told['net']}.{node}"
        settings.update({
            "com.sun.management.jmxremote.port": JMX, "com.sun.management.jmxremote.rmi.port": JMX,
            "com.sun.management.jmxremote.host": address, "java.rmi.server.hostname": address,
            "com.sun.management.jmxremote.authenticate": "false", "com.sun.management.jmxremote.ssl": "false",
        })
    command += [f"-D{name}={value}" for name, value in settings.items()]
    command += ["-cp", ":".join([f"{folder}/conf", *map(str, library.glob("*.jar"))]),
                "org.apache.cassandra.service.CassandraDaemon"]
    with open(folder / "logs/stdout.log", "ab") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    (folder / "pid").write_text(str(process.pid))
    return process


def opened():
    """What the tools and servers look into."""
    return [part for flag, names in (("--add-exports", EXPORTS), ("--add-opens", OPENS))
            for name in names.split() for part in (flag, f"{name}=ALL-UNNAMED")]


def dump(run, told, file):
    """Becomes sstabledump."""
    folder = run / "node1"
    os.execv(told["java"], [
        told["java"], *opened(), "-Xmx256m", f"-Djava.io.tmpdir={folder}/tmp", f"-Dcassandra.storagedir={folder}",
        f"-Dcassandra.config=file://{folder}/conf/cassandra.yaml", f"-Dlogback.configurationFile={HERE}/quiet.xml",
        "-cp", f"{folder}/conf:{told['jars']}/*", "org.apache.cassandra.tools.SSTableExport", file])


def counts(run, told, keyspace):
    """Becomes the program that asks by JMX."""
    tools, program = run / "tools", "Manage"
    if not (tools / f"{program}.class").exists():
        compiler = pathlib.Path(told["java"]).with_name("javac")
        subprocess.run([compiler, "-d", tools, HERE / f"{program}.java"], check=True)
    os.execv(told["java"], [told["java"], "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp", str(tools), program,
                            f"{told['net']}.1:{JMX}", "counts", keyspace])


def wait(run, node, told, process=None, patience=180):
    folder, end = run / f"node{node}", time.monotonic() + patience
    log = folder / "logs/system.log"
    while time.monotonic() < end:
        if process and process.poll() is not None:
            tail = (folder / "logs/stdout.log").read_text(errors="replace")[-3000:]
            fail(f"node {node} ended by itself\n{tail}")
        with socket.socket() as s:
            s.settimeout(1)
            if s.connect_ex((f"{told['net']}.{node}", PORT)) == 0:
                ready = not told["auth"] or node > 1 or (folder / "ready").exists()
                if ready or "Created default superuser" in log.read_text(errors="replace"):
                    (folder / "ready").touch()
                    return
        time.sleep(0.2)
    fail(f"node {node} does not answer")


def pid_of(run, node):
    try:
        pid = int((run / f"node{node}/pid").read_text())
        # The id may belong to somebody else by now.
        with open(f"/proc/{pid}/cmdline", "rb") as told:
            return pid if str(run).encode() in told.read() else None
    except (OSError, ValueError):
        return None


def end(run, node, how):
    pid = pid_of(run, node)
    if pid is None:
        return
    os.kill(pid, signal.SIGCONT)
    os.kill(pid, how)
    for _ in range(200):
        if pid_of(run, node) is None:
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("what", choices=["jars", "start", "stop", "kill", "pause", "resume", "again", "dump", "counts"])
    arguments.add_argument("--keyspace")
    arguments.add_argument("--file")
    arguments.add_argument("--cache")
    arguments.add_argument("--version", default="5.0.9")
    arguments.add_argument("--dir", type=pathlib.Path)
    arguments.add_argument("--nodes", type=int, default=1)
    arguments.add_argument("--node", type=int)
    arguments.add_argument("--net", default="127.0.0")
    arguments.add_argument("--auth", action="store_true")
    arguments.add_argument("--tls")
    arguments.add_argument("--client-certificate", action="store_true")
    arguments.add_argument("--partitioner", default="Murmur3Partitioner")
    arguments.add_argument("--heap", default="384m")
    arguments.add_argument("--warm", action="store_true")
    arguments.add_argument("--jmx", action="store_true")
    arguments.add_argument("--extra", default="")
    given = arguments.parse_args()
    if given.what == "jars":
        java()
        print(jars(given.cache, given.version))
        return
    run = given.dir.resolve()
    if given.what == "start":
        if not given.net.startswith("127."):
            fail("only loopback addresses")
        told = {key: getattr(given, key) for key in
                ("version", "nodes", "net", "auth", "tls", "client_certificate", "partitioner", "heap", "warm", "jmx",
                 "extra")}
        told.update(java=java(), jars=str(jars(given.cache, given.version)))
        run.mkdir(parents=True, exist_ok=True)
        (run / "told.json").write_text(json.dumps(told))
        # One after the other: two that join at once may miss each other's schema.
        for node in range(1, given.nodes + 1):
            configure(run, node, told)
            wait(run, node, told, launch(run, node, told))
        return
    told = json.loads((run / "told.json").read_text())
    if given.what == "dump":
        dump(run, told, given.file)
        return
    if given.what == "counts":
        counts(run, told, given.keyspace)
        return
    for node in [given.node] if given.node else range(1, told["nodes"] + 1):
        if given.what in ("stop", "kill"):
            end(run, node, signal.SIGTERM if given.what == "stop" else signal.SIGKILL)
        elif given.what == "again":
            wait(run, node, told, launch(run, node, told))
        elif (pid := pid_of(run, node)) is not None:
            os.kill(pid, signal.SIGSTOP if given.what == "pause" else signal.SIGCONT)


if __name__ == "__main__":
    main()
