"""Two network namespaces that a test makes, a victim and another, joined by a veth pair: needs root."""

import contextlib
import ctypes
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from datetime import datetime

import lab

HERE = pathlib.Path(__file__).parent
VICTIM, OTHER, PORT = "10.77.0.1", "10.77.0.2", 8080
WHOLE = 0.3  # seconds after which what was sent has been captured
CLONE_NEWNET = 0x40000000


def time_of(event):
    return datetime.strptime(event["timestamp"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


def set_network(descriptor):
    """This thread's network is that namespace from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, f"setns: {os.strerror(number)}")


@contextlib.contextmanager
def entered(space):
    """This thread, and what it starts meanwhile, in the network of a namespace; sockets stay in theirs."""
    paths = ("/proc/thread-self/ns/net", f"/run/netns/{space}")
    home, there = (os.open(path, os.O_RDONLY) for path in paths)
    try:
        set_network(there)
        try:
            yield
        finally:
            set_network(home)  # else all that follows would happen in the wrong network
    finally:
        for descriptor in (home, there):
            os.close(descriptor)


class TwoSpaces(lab.Case):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("needs root")
        self.spaces = [f"rampart-{name}-{os.getpid()}" for name in ("victim", "other")]
        for space in self.spaces:
            self.must("ip", "netns", "add", space)
            self.addCleanup(subprocess.run, ("ip", "netns", "del", space))
        self.must("ip", "link", "add", "v0", "netns", self.spaces[0], "type", "veth", "peer", "name", "v1",
                  "netns", self.spaces[1])
        for space, link, address in zip(self.spaces, ("v0", "v1"), (VICTIM, OTHER)):
            self.must("ip", "-n", space, "address", "add", f"{address}/24", "dev", link)
            for name in ("lo", link):
                self.must("ip", "-n", space, "link", "set", name, "up")
        # Answers to forged senders need a way out, as they have anywhere.
        self.must("ip", "-n", self.spaces[0], "route", "add", "default", "via", OTHER)

    def must(self, *words, **more):
        return subprocess.run(tuple(map(str, words)), check=True, capture_output=True, text=True, **more)

    def inside(self, which, *words, **more):
        process = subprocess.Popen(("ip", "netns", "exec", self.spaces[which], *map(str, words)), **more)
        self.addCleanup(self.end, process)
        return process

    def give_visitors_addresses(self, count):
        """10.77.1.1 and on: other people than who calls from OTHER."""
        lines = "\n".join(f"address add 10.77.1.{i}/32 dev v1" for i in range(1, count + 1))
        self.must("ip", "-n", self.spaces[1], "-batch", "-", input=lines)

    def serve(self, *words):
        """Starts victim.py and waits until it answers."""
        process = self.inside(0, sys.executable, HERE / "victim.py", VICTIM, *words)
        lab.wait_until(self.answers, "the server to answer")
        return process

    def answers(self, port=PORT):
        ask = f"import socket; socket.create_connection(('{VICTIM}', {port}), timeout=1)"
        done = subprocess.run(("ip", "netns", "exec", self.spaces[1], sys.executable, "-c", ask),
                              capture_output=True)
        return done.returncode == 0

    def watch(self, name, act, *flags):
        """What is reported of the victim's side while `act` goes on."""
        eve = self.dir / f"{name}.json"
        eve.unlink(missing_ok=True)
        sniff = self.inside(0, *self.command("sniff", "-i", "v0", "--eve", eve, "-q", *flags))
        lab.wait_until(eve.exists, "the capture")  # the file is opened after the interface
        act()
        time.sleep(WHOLE)
        sniff.send_signal(signal.SIGINT)
        sniff.wait(timeout=20)
        events = [json.loads(line) for line in eve.read_text().splitlines()]
        return [e for e in events if e["event_type"] == "alert"]
