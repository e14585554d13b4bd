#!/usr/bin/python3
"""Counts round trips: proxy.py SOCKET COUNT_FILE PORT_FILE USER [SILENCE]

Listens on a port of 127.0.0.1 (PORT_FILE gets its number and that of this process) and hands everything on to a server's socket. Requests go
through at once. Answers are held until the client has been silent for a while: it waits for them, so that is one round
trip, and COUNT_FILE gets the new number before the answers go on. What a client sends without waiting is one round trip
however many packets it is, and a client that must read before it can go on cannot hide it. The time is only how long
silence has to be for us to believe it: a longer one gives the same count. With SILENCE 0 the count means nothing, and
answers go on at once.

Only USER can come in, without TLS: everybody on this machine reaches the port, and the server trusts its socket.
"""
import os
import select
import socket
import struct
import sys
import threading

SILENCE = float(sys.argv[5]) if len(sys.argv) > 5 else 0.05  # seconds
TLS, GSS = 80877103, 80877104


def receive(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def startup(client, user):
    """The client's startup packet; it is refused if it is of another user, or asks to cancel."""
    while True:
        head = receive(client, 8)
        size, code = struct.unpack("!II", head)
        packet = head + receive(client, size - 8)
        if code in (TLS, GSS):
            client.sendall(b"N")
            continue
        words = packet[8:].split(b"\0")
        if code != 196608 or dict(zip(words[::2], words[1::2])).get(b"user") != user.encode():
            raise EOFError
        return packet


class Counter:
    def __init__(self, path):
        self.path, self.number, self.lock = path, 0, threading.Lock()
        self.write()

    def write(self):
        with open(self.path + ".new", "w") as file:
            file.write("%d\n" % self.number)
        os.rename(self.path + ".new", self.path)

    def one_more(self):
        with self.lock:
            self.number += 1
            self.write()


def serve(client, path, counter, user):
    server = socket.socket(socket.AF_UNIX)
    try:
        packet = startup(client, user)
        server.connect(path)
        server.sendall(packet)
        held, asked = b"", True
        while True:
            ready = select.select([client, server], [], [], SILENCE if held else None)[0]
            if client in ready:
                data = client.recv(65536)
                if not data:
                    return
                server.sendall(data)
                asked = True
            if server in ready:
                data = server.recv(65536)
                if not data:
                    return
                held += data
            if not ready:
                if asked:  # what comes late of the same answer is no second round trip
                    counter.one_more()
                asked = False
                client.sendall(held)
                held = b""
    except (EOFError, OSError):
        pass
    finally:
        client.close()
        server.close()


def main():
    path, count_file, port_file, user = sys.argv[1:5]
    counter = Counter(count_file)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    with open(port_file + ".new", "w") as file:
        file.write("%d %d\n" % (listener.getsockname()[1], os.getpid()))
    os.rename(port_file + ".new", port_file)
    while True:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(client, path, counter, user), daemon=True).start()


main()
