"""Captures for the bench of the sniffer: their figures, and one that it makes itself on loopback."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import time

import page
import peers

SECONDS, RATE = 10, 4000  # of each of the two loads; some 130 MiB
CANARIES = [f"/rampart-canary/{sid}" for sid in (9000001, 9000002, 9000003, 9000004)]


def first_packet(capture, path):
    """Writes a capture of nothing but the first packet."""
    done = subprocess.run(["tcpdump", "-r", capture, "-c", "1", "-w", path], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        page.fail(f"{capture}: {done.stderr.strip()[-300:]}")


def wire_bytes(capture):
    """Of every packet in it, as captured."""
    done = subprocess.run([peers.program(), "sniff", "-r", capture, "--stats", "-", "--quiet"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        page.fail(f"{capture}: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)["capture"]["bytes"]


@contextlib.contextmanager
def running(command, stop):
    """A program that ends with the block, by the signal `stop` where it has not by itself."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.send_signal(stop)


def wait_for(path):
    for _ in range(100):
        if os.path.exists(path) and os.path.getsize(path):
            return
        time.sleep(0.05)
    page.fail(f"{path} did not appear: a program that the bench started did not begin its work")


def send_canaries(port):
    for path in CANARIES:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path)
        connection.getresponse().read()
        connection.close()


def make(folder):
    """Loads `rampart target` over HTTP/1.1, then HTTP/2, with canaries around; returns the capture."""
    if os.geteuid() != 0:
        page.fail("capturing on loopback needs root: run it as root, or give a capture with --pcap")
    port_file, capture = f"{folder}/port", f"{folder}/own.pcap"
    target = [peers.program(), "target", "--listen", "127.0.0.1:0", "--port-file", port_file, "--body", "1k",
              "--duration", f"{10 * SECONDS}s"]
    with running(target, signal.SIGTERM):
        wait_for(port_file)
        with open(port_file, encoding="utf-8") as file:
            port = int(file.read())
        sniffer = ["tcpdump", "-i", "lo", "-Z", "root", "-U", "-B", "65536", "-w", capture, f"tcp port {port}"]
        with running(sniffer, signal.SIGINT):
            wait_for(capture)
            for flags in ([], ["--http2"]):
                send_canaries(port)
                load = [peers.program(), "load", f"http://127.0.0.1:{port}/", "-c", "16", "-R", f"{RATE}/s",
                        "-d", f"{SECONDS}s", "--quiet", "--db", f"{folder}/run.db", *flags]
                done = subprocess.run(load, capture_output=True, text=True, check=False)
                if done.returncode not in (0, 5):  # 5: it was the limit itself, which a capture does not mind
                    page.fail(f"rampart load ended with {done.returncode}: {done.stderr.strip()[-300:]}")
            send_canaries(port)
            time.sleep(2)  # tcpdump takes packets from the kernel in blocks, once a second at least
    return capture
