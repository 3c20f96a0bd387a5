"""Messages between a worker and the darkroom: a length, JSON, and open files beside it.

A fresh connection carries one request and one answer, so that no stream is ever shared.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

LENGTH = struct.Struct("!I")
MOST_REQUEST = 60_000


def send_request(link: socket.socket, request: dict[str, Any], files: list[int]) -> None:
    body = json.dumps(request).encode()
    if len(body) > MOST_REQUEST:
        raise ValueError("request too long")
    message = LENGTH.pack(len(body)) + body
    sent = socket.send_fds(link, [message], files) if files else 0
    if sent < len(message):
        link.sendall(message[sent:])


def receive_request(link: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """The request and its open files (now ours to close). Raises EOFError or ValueError on a broken one."""
    data, files, _flags, _address = socket.recv_fds(link, MOST_REQUEST + LENGTH.size, 8)
    while len(data) < LENGTH.size:
        data += _some(link)
    (length,) = LENGTH.unpack(data[: LENGTH.size])
    if length > MOST_REQUEST:
        raise ValueError("request too long")
    while len(data) < LENGTH.size + length:
        data += _some(link)
    return json.loads(data[LENGTH.size :]), files


def send_answer(link: socket.socket, answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    link.sendall(LENGTH.pack(len(body)) + body)


def receive_answer(link: socket.socket) -> dict[str, Any]:
    """Raises EOFError when the darkroom died before it answered."""
    data = b""
    while len(data) < LENGTH.size:
        data += _some(link)
    (length,) = LENGTH.unpack(data[: LENGTH.size])
    parts, have = [data[LENGTH.size :]], len(data) - LENGTH.size
    while have < length:
        part = _some(link)
        parts.append(part)
        have += len(part)
    return json.loads(b"".join(parts))


def _some(link: socket.socket) -> bytes:
    data = link.recv(65536)
    if not data:
        raise EOFError("the other side closed the connection")
    return data
