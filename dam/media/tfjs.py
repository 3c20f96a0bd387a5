"""A network as TensorFlow.js keeps it (a graph in JSON, weights in 16 bits), as ONNX, which OpenCV can read.

Only the operations that the network of dam.media.things is made of; any other one raises ValueError by name.
TensorFlow counts height, width, channels; ONNX channels first.
"""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import Any

from dam.media import onnx

CONVOLUTIONS = {"Conv2D": False, "_FusedConv2D": False,
                "DepthwiseConv2dNative": True, "FusedDepthwiseConv2dNative": True}  # fmt: skip
SAME_NAME = {"Relu": "Relu", "Sigmoid": "Sigmoid", "Mul": "Mul", "Add": "Add", "Identity": "Identity"}


def as_onnx(graph: Path, size: tuple[int, int], takes: str, gives: list[str]) -> bytes:
    """The part of a network between ``takes`` and ``gives``, for pictures of ``size`` (width, height)."""
    description = json.loads(graph.read_text())
    translation = _Translation(
        {node["name"]: node for node in description["modelTopology"]["node"]},
        _weights(description["weightsManifest"], graph.with_suffix(".bin").read_bytes()),
    )
    for name in gives:
        translation.reach(name)
    return onnx.model(
        translation.nodes, translation.constants, onnx.tensor(takes, (1, 3, size[1], size[0])),
        [onnx.tensor(name, (1, 1, 1, 1)) for name in gives],
    )  # fmt: skip


def _weights(manifest: list[dict[str, Any]], stored: bytes) -> dict[str, Any]:
    import numpy

    weights, at = {}, 0
    for told in (one for group in manifest for one in group["weights"]):
        kind = numpy.dtype(told.get("quantization", told)["dtype"])
        count = math.prod(told["shape"])
        values = numpy.frombuffer(stored, kind, count, at).reshape(told["shape"])
        weights[told["name"]] = values
        at += kind.itemsize * count
    return weights


class _Translation:
    """Walks from an output to the input; every node is written after those it takes from."""

    def __init__(self, graph: dict[str, dict[str, Any]], weights: dict[str, Any]) -> None:
        self.graph, self.weights = graph, weights
        self.nodes: list[bytes] = []
        self.constants: list[bytes] = []
        self.written: set[str] = set()

    def reach(self, name: str) -> str:
        if name in self.written:
            return name
        self.written.add(name)
        node = self.graph[name]
        kind, takes, told = node["op"], node.get("input", []), node.get("attr", {})
        if kind == "Placeholder":
            return name
        if kind == "Const":
            self.constant(name, _channels_first(self.weights[name]))
        elif kind in CONVOLUTIONS:
            self.convolution(name, takes, told, CONVOLUTIONS[kind])
        elif kind == "Relu6":
            self.between_0_and_6(self.reach(takes[0]), name)
        elif kind in SAME_NAME:
            self.nodes.append(onnx.node(SAME_NAME[kind], [self.reach(one) for one in takes], name))
        elif kind == "Mean":  # over the whole picture, as squeeze and excite does
            self.nodes.append(onnx.node("GlobalAveragePool", [self.reach(takes[0])], name))
        elif kind == "ConcatV2":
            self.nodes.append(onnx.node("Concat", [self.reach(one) for one in takes[:-1]], name, axis=1))
        elif kind == "ResizeBilinear":  # always to the double
            self.constant(f"{name}/region", [])
            self.constant(f"{name}/scale", [1, 1, 2, 2])
            parts = [self.reach(takes[0]), f"{name}/region", f"{name}/scale"]
            self.nodes.append(
                onnx.node("Resize", parts, name, mode="linear", coordinate_transformation_mode="asymmetric")
            )
        else:
            raise ValueError(f"{kind} ({name}) cannot be translated")
        return name

    def convolution(self, name: str, takes: list[str], told: dict[str, Any], each_channel: bool) -> None:
        kernel = self.weights[takes[1]]
        if each_channel:
            kernel = kernel.transpose(2, 3, 0, 1)
            groups = kernel.shape[0]
            kernel = kernel.reshape(-1, 1, *kernel.shape[2:])
        else:
            kernel, groups = kernel.transpose(3, 2, 0, 1), 1
        fused = [_text(one) for one in told.get("fused_ops", {}).get("list", {}).get("s", ())]
        parts = [self.reach(takes[0]), f"{name}/kernel"]
        self.constant(f"{name}/kernel", kernel)
        if "BiasAdd" in fused:
            self.constant(f"{name}/bias", self.weights[takes[2]])
            parts.append(f"{name}/bias")
        after = [one for one in fused if one != "BiasAdd"]
        linear = f"{name}/linear" if after else name
        strides = [int(step) for step in told["strides"]["list"]["i"]][1:3]
        padding = "SAME_UPPER" if _text(told["padding"]["s"]) == "SAME" else "VALID"
        self.nodes.append(
            onnx.node(
                "Conv", parts, linear, strides=strides, group=groups, kernel_shape=list(kernel.shape[2:]),
                auto_pad=padding,
            )
        )  # fmt: skip
        if after == ["Relu6"]:
            self.between_0_and_6(linear, name)
        elif after:
            self.nodes.append(onnx.node(SAME_NAME[after[0]], [linear], name))

    def between_0_and_6(self, takes: str, gives: str) -> None:
        for name, value in (("zero", 0.0), ("six", 6.0)):
            if name not in self.written:
                self.written.add(name)
                self.constant(name, value)
        self.nodes.append(onnx.node("Clip", [takes, "zero", "six"], gives))

    def constant(self, name: str, values: Any) -> None:
        self.constants.append(onnx.weight(name, values))


def _channels_first(values: Any) -> Any:
    return values.reshape(1, -1, 1, 1) if values.ndim == 1 else values


def _text(coded: str) -> str:
    return base64.b64decode(coded).decode()
