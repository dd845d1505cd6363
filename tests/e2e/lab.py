"""What the end-to-end tests share: the program, servers on loopback that end with the test, results."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

RAMPART = os.environ["RAMPART"]
SOURCE = pathlib.Path(__file__).resolve().parents[2]
# A host that is busy with something else makes a run CLIENT_LIMITED, rightly; what these tests check
# holds all the same. Exit code: validity.
HOST_DEPENDENT = {0: "VALID", 5: "CLIENT_LIMITED"}
DEADLINE = 15  # seconds that anything may take to get ready


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, what):
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {DEADLINE} s")
        time.sleep(0.02)


def connects(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="rampart-e2e-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.db = self.dir / "runs.db"

    def command(self, *words):
        return [RAMPART, *map(str, words)]

    def rampart(self, *words, timeout=60, prefix=()):
        return subprocess.run([*prefix, *self.command(*words)], capture_output=True, text=True,
                              timeout=timeout, cwd=self.dir)

    def start(self, *words):
        process = subprocess.Popen(self.command(*words), stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, cwd=self.dir)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def target(self, *flags):
        """Starts `rampart target` and returns its port."""
        port_file = self.dir / "port"
        self.start("target", "--listen", "127.0.0.1:0", "--port-file", port_file,
                   "--duration", "120s", *flags)
        wait_until(lambda: port_file.exists() and port_file.read_text().strip(), "the target")
        return int(port_file.read_text())

    def nginx(self):
        """Starts nginx with one worker; returns its port and the pids of master and workers."""
        port = free_port()
        (self.dir / "small.txt").write_bytes(b"x" * 128)
        (self.dir / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; pid {self.dir}/nginx.pid; error_log {self.dir}/error.log;\n"
            "events { worker_connections 4096; }\n"
            f"http {{ access_log off; keepalive_requests 10000000; server {{ listen 127.0.0.1:{port}"
            f" backlog=4096; root {self.dir}; }} }}\n")
        self.dir.chmod(0o755)  # the worker serves as another user
        process = subprocess.Popen([shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"),
                                    "-c", self.dir / "nginx.conf"], stderr=subprocess.DEVNULL)
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")

        def workers():
            return [int(pid) for pid in children.read_text().split()]

        def stop():
            for pid in [process.pid, *workers()]:
                os.kill(pid, signal.SIGCONT)
            process.terminate()
            process.wait()

        self.addCleanup(stop)
        wait_until(lambda: connects(port), "nginx")
        return port, [process.pid, *workers()]

    def scenario(self, text):
        path = self.dir / "scenario.yml"
        path.write_text(text)
        return path

    def result(self, name="run.json"):
        return json.loads((self.dir / name).read_text())

    def assert_accounts(self, result):
        for load in result["load"]:
            self.assertEqual(load["offered"], load["started"] + load["missed"], load)
            self.assertEqual(load["started"],
                             load["completed"] + load["failed"] + load["in_flight"], load)

    def verdict(self, result, cause):
        found = [v for v in result["verdicts"] if v["cause"] == cause]
        self.assertTrue(found, [(v["cause"], v["from"], v["to"]) for v in result["verdicts"]])
        return found[0]
