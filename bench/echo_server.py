#!/usr/bin/env python3
"""The far end of bench/network.py: echo_server.py ADDRESS TCP_PORT UDP_PORT

Takes TCP connections and closes each once the client has; sends UDP datagrams back. Says "ready" once
both are bound. Ends when its standard input does.
"""

import selectors
import socket
import sys


def main():
    address, tcp_port, udp_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    listener = socket.create_server((address, tcp_port), backlog=4096)
    echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    echo.bind((address, udp_port))
    waiting = selectors.DefaultSelector()
    for thing in (listener, echo, sys.stdin):
        waiting.register(thing, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in waiting.select():
            ready = key.fileobj
            if ready is sys.stdin:
                return
            if ready is listener:
                connection, _ = listener.accept()
                waiting.register(connection, selectors.EVENT_READ)
            elif ready is echo:
                data, peer = echo.recvfrom(65536)
                echo.sendto(data, peer)
            else:
                try:
                    over = not ready.recv(65536)
                except ConnectionError:
                    over = True
                if over:
                    waiting.unregister(ready)
                    ready.close()


if __name__ == "__main__":
    main()
