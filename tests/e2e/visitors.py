"""Clients that do no harm, for the network namespaces of the tests; nowhere else.

usage: visitors.py KIND ADDRESS SECONDS

Refuses any address outside 10.77.0.0/24, and ends after 20 seconds at most. Prints what it did.

  few       five visitors per second, each with a connection of its own, from 10.77.1.1 to .5
  crowd     a flash crowd: 200 connections per second from 200 addresses (10.77.1.1 to .200), two pages each
  services  a monitor that asks each of 20 services (8100 to 8119) ten times per second, also while they restart
"""

import http.client
import socket
import sys
import threading
import time

MOST_SECONDS = 20
NETWORK = "10.77.0."
done = {"served": 0, "failed": 0}
lock = threading.Lock()


def count(served):
    with lock:
        done["served" if served else "failed"] += 1


def paced(seconds, rate):
    begin = time.monotonic()
    for n in range(int(seconds * rate)):
        time.sleep(max(0.0, begin + n / rate - time.monotonic()))
        yield n


def visit(target, pages, source=None):
    connection = http.client.HTTPConnection(target, 8080, timeout=3, source_address=source)
    try:
        for page in pages:
            connection.request("GET", page)
            count(connection.getresponse().read() == b"ok")
    except OSError:
        count(False)
    connection.close()


def in_turn(target, seconds, rate, make):
    """Each visitor on a thread of its own, so that one who waits does not hold up the others."""
    threads = []
    for n in paced(seconds, rate):
        threads.append(threading.Thread(target=visit, args=(target, *make(n)), daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join(timeout=4)


def few(target, seconds):
    in_turn(target, seconds, 5, lambda n: (["/"], (f"10.77.1.{n % 5 + 1}", 0)))


def crowd(target, seconds):
    in_turn(target, seconds, 200, lambda n: (["/", "/"], (f"10.77.1.{n % 200 + 1}", 0)))


def services(target, seconds):
    for n in paced(seconds, 200):
        try:
            with socket.create_connection((target, 8100 + n % 20), timeout=1) as client:
                count(client.recv(6) == b"hello\n")
        except OSError:
            count(False)


if __name__ == "__main__":
    kind, address, length = sys.argv[1:4]
    if not address.startswith(NETWORK):
        sys.exit(f"visitors.py: {address} is not in {NETWORK}0/24")
    {"few": few, "crowd": crowd, "services": services}[kind](address, min(float(length), MOST_SECONDS))
    print(done["served"], done["failed"])
