"""Writes a small ONNX model, the protocol buffer that OpenCV reads networks from: only what ours needs.

Field numbers are those of onnx.proto (ONNX IR version 7, operator set 13).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any

IR_VERSION, OPERATORS = 7, 13
FLOAT, INT64 = 1, 7  # TensorProto.DataType
Attribute = int | float | str | Sequence[int]


def model(nodes: Iterable[bytes], weights: Iterable[bytes], takes: bytes, gives: Iterable[bytes]) -> bytes:
    graph = b"".join(_piece(1, node) for node in nodes) + _piece(2, b"graph")
    graph += b"".join(_piece(5, weight) for weight in weights)
    graph += _piece(11, takes) + b"".join(_piece(12, one) for one in gives)
    return _number(1, IR_VERSION) + _piece(7, graph) + _piece(8, _number(2, OPERATORS))


def node(operator: str, takes: Sequence[str], gives: str, **attributes: Attribute) -> bytes:
    told = b"".join(_piece(1, name.encode()) for name in takes) + _piece(2, gives.encode())
    told += _piece(3, gives.encode()) + _piece(4, operator.encode())
    return told + b"".join(_piece(5, _attribute(name, value)) for name, value in attributes.items())


def weight(name: str, values: Any) -> bytes:
    """A constant from a numpy array, in 32 bits."""
    import numpy

    exact = numpy.ascontiguousarray(values, numpy.float32)
    shape = b"".join(_number(1, side) for side in exact.shape)
    return shape + _number(2, FLOAT) + _piece(8, name.encode()) + _piece(9, exact.tobytes())


def tensor(name: str, shape: Sequence[int]) -> bytes:
    """What goes in or comes out."""
    sides = b"".join(_piece(1, _number(1, side)) for side in shape)
    return _piece(1, name.encode()) + _piece(2, _piece(1, _number(1, FLOAT) + _piece(2, sides)))


def _attribute(name: str, value: Attribute) -> bytes:
    told = _piece(1, name.encode())
    if isinstance(value, str):
        return told + _piece(4, value.encode()) + _number(20, 3)
    if isinstance(value, float):
        return told + _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, 1)
    if isinstance(value, int):
        return told + _number(3, value) + _number(20, 2)
    return told + b"".join(_number(8, one) for one in value) + _number(20, 7)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _piece(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
