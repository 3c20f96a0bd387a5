"""A network in TensorFlow.js's form gives the same numbers when OpenCV runs it."""

import base64
import json

import cv2
import numpy
import pytest

from dam.media import tfjs

CONVOLUTION = {
    "strides": {"list": {"i": ["1", "2", "2", "1"]}},
    "padding": {"s": base64.b64encode(b"SAME").decode()},
    "fused_ops": {"list": {"s": [base64.b64encode(word).decode() for word in (b"BiasAdd", b"Relu6")]}},
}


def _kept(folder, nodes, weights):
    told = [
        {"name": name, "shape": list(values.shape), "dtype": "float32", "quantization": {"dtype": "float16"}}
        for name, values in weights.items()
    ]
    nodes = [
        {"name": "picture", "op": "Placeholder"},
        *({"name": name, "op": "Const"} for name in weights),
        *nodes,
    ]
    graph = {"modelTopology": {"node": nodes}, "weightsManifest": [{"weights": told}]}
    (folder / "net.json").write_text(json.dumps(graph))
    stored = b"".join(values.astype(numpy.float16).tobytes() for values in weights.values())
    (folder / "net.bin").write_bytes(stored)
    return folder / "net.json"


def test_a_convolution_with_bias_bounds_and_gate_is_translated(tmp_path):
    random = numpy.random.default_rng(7)
    kernel = random.integers(-2, 3, (3, 3, 3, 4)).astype(numpy.float32)
    bias = numpy.array([0.5, -1, 2, 0], numpy.float32)
    gate = numpy.array([1, 2, 0.5, -1], numpy.float32)
    nodes = [
        {"name": "lines", "op": "_FusedConv2D", "input": ["picture", "kernel", "bias"], "attr": CONVOLUTION},
        {"name": "gated", "op": "Mul", "input": ["lines", "gate"]},
        {"name": "larger", "op": "ResizeBilinear", "input": ["gated"]},
    ]
    graph = _kept(tmp_path, nodes, {"kernel": kernel, "bias": bias, "gate": gate})
    stored = tfjs.as_onnx(graph, (8, 6), "picture", ["gated", "larger"])
    network = cv2.dnn.readNetFromONNX(numpy.frombuffer(stored, numpy.uint8))
    picture = random.integers(0, 3, (6, 8, 3)).astype(numpy.float32)
    network.setInput(numpy.ascontiguousarray(picture.transpose(2, 0, 1)[None]))
    gated, larger = network.forward(["gated", "larger"])
    # TensorFlow's SAME, for even sides and a step of two, adds a line below and one at the right.
    padded = numpy.pad(picture, ((0, 1), (0, 1), (0, 0)))
    patches = [[padded[y : y + 3, x : x + 3] for x in range(0, 8, 2)] for y in range(0, 6, 2)]
    expected = numpy.tensordot(numpy.array(patches), kernel, 3) + bias
    expected = numpy.clip(expected, 0, 6) * gate
    assert numpy.allclose(gated[0].transpose(1, 2, 0), expected, atol=1e-4)
    assert larger.shape == (1, 4, 6, 8)


def test_an_operation_nobody_wrote_is_refused_by_its_name(tmp_path):
    graph = _kept(tmp_path, [{"name": "out", "op": "TopKV2", "input": ["picture"]}], {})
    with pytest.raises(ValueError, match="TopKV2"):
        tfjs.as_onnx(graph, (8, 8), "picture", ["out"])
