"""Writes data files of a release of Cassandra without a server, for the tests only.

    write_files.py CACHE VERSION DIRECTORY COMPRESSOR FORMAT < ROWS

See WriteFiles.java. The jars are those of `server.py`. Ends with 3 where there is no JDK.
"""

import pathlib
import subprocess
import sys
import tempfile

import server

HERE = pathlib.Path(__file__).resolve().parent


def main(cache, version, directory, compressor, form):
    java = server.java()
    library = server.jars(cache, version)
    opened = [part for flag, names in (("--add-exports", server.EXPORTS), ("--add-opens", server.OPENS))
              for name in names.split() for part in (flag, f"{name}=ALL-UNNAMED")]
    with tempfile.TemporaryDirectory() as work:
        jars = f"{library}/*"
        subprocess.run([java.removesuffix("java") + "javac", "-nowarn", "-cp", jars, "-d", work,
                        str(HERE / "WriteFiles.java")], check=True, stderr=subprocess.DEVNULL)
        done = subprocess.run(
            [java, *opened, "-Xmx384m", "-XX:+UseSerialGC", f"-Djava.io.tmpdir={work}",
             f"-Dlogback.configurationFile={HERE}/quiet.xml", "-cp", f"{work}:{jars}", "WriteFiles",
             directory, compressor, form],
            stdin=sys.stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr[-3000:])


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
