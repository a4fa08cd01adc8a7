"""A line to the desk that a test may cut, or make silent."""

from __future__ import annotations

import socket
import threading

from tests.databases import free_port


class Line:
    """Carries bytes between a browser and the desk, until told otherwise."""

    def __init__(self, url: str) -> None:
        self._desk = int(url.rpartition(":")[2])
        self.url = f"http://127.0.0.1:{free_port()}"
        self._listener = socket.create_server(("127.0.0.1", int(self.url.rpartition(":")[2])))
        self._open: list[socket.socket] = []
        self._streams: set[socket.socket] = set()
        self._silent: set[socket.socket] = set()

    def __enter__(self) -> Line:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End every present connection."""
        for end in self._open:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it has ended already

    def silence(self) -> None:
        """Let nothing more through on the connections of the present streams of events, and do not end them."""
        self._silent.update(self._streams)

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            desk = socket.create_connection(("127.0.0.1", self._desk))
            self._open += [browser, desk]
            for source, sink in ((browser, desk), (desk, browser)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if data.startswith(b"GET /chat/events"):
                    self._streams.update((source, sink))
                if source not in self._silent:
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
