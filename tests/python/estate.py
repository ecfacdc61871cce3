"""Starts `dsr simulator serve` with a home of its own and ends it again."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading


class Home:
    """A home directory that nothing else uses: configuration, estates, stores."""

    def __init__(self, dsr):
        self.dsr = dsr
        self.path = tempfile.mkdtemp(prefix="dsr-sdk-proof-")
        keep = {key: os.environ[key] for key in ("PATH", "LANG", "TMPDIR") if key in os.environ}
        self.environment = {
            **keep,
            "HOME": self.path,
            "XDG_CONFIG_HOME": os.path.join(self.path, "config"),
            "XDG_DATA_HOME": os.path.join(self.path, "data"),
            "XDG_STATE_HOME": os.path.join(self.path, "state"),
            "XDG_CACHE_HOME": os.path.join(self.path, "cache"),
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def run(self, *arguments):
        """Runs `dsr` and gives its JSON document."""
        done = subprocess.run(
            [self.dsr, *arguments, "--output", "json"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"dsr {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)


class Served:
    """A served scenario: its address and its credentials, as the first line tells them."""

    def __init__(self, home, scenario="default"):
        self.process = subprocess.Popen(
            [home.dsr, "simulator", "serve", "--scenario", scenario, "--output", "json"],
            env=home.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = []
        # Read to the end, or a full pipe would hold the server up.
        self.reader = threading.Thread(target=lambda: self.said.extend(self.process.stderr), daemon=True)
        self.reader.start()
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(timeout=30)
            self.reader.join(timeout=5)
            raise AssertionError(f"the simulator did not start:\n{''.join(self.said)}")
        told = json.loads(line)
        assert told["mode"] == "simulation", told
        cloud = told["genesys_cloud"]
        self.url, self.client_id, self.client_secret = cloud["url"], cloud["client_id"], cloud["client_secret"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
