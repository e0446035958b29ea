"""Fitted autoencoders as ONNX graphs, alone or in a pipeline: converters for skl2onnx, an optional dependency."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import skcae
from skcae._codes import Codes
from skcae._fitted import fitted_architecture
from skcae.core.activations import LEAK

__all__ = ["register"]

ESTIMATORS: list[type[Codes]] = [
    kind for kind in vars(skcae).values() if isinstance(kind, type) and issubclass(kind, Codes)
]
EXTRA_OUTPUTS = ("reconstruction", "score_samples")


class Writer(NamedTuple):
    """Writes nodes of a graph whose numbers are of one dtype: ``write("MatMul", x, matrix)``."""

    operators: Any
    opset: int
    dtype: type[np.floating]

    def __call__(self, operator: str, *inputs: Any, **attributes: Any) -> Any:
        inputs = tuple(
            one.astype(self.dtype) if isinstance(one, np.ndarray) else one for one in inputs
        )
        return getattr(self.operators, f"Onnx{operator}")(
            *inputs, op_version=self.opset, **attributes
        )


def _softplus(write: Writer, z: Any) -> Any:
    # The operator Softplus is part of ONNX, but not in float64 of onnxruntime.
    tail = write("Log", write("Add", write("Exp", write("Neg", write("Abs", z))), np.ones(1)))
    return write("Add", write("Relu", z), tail)


def _elu(write: Writer, z: Any) -> Any:
    # Neither Elu nor LeakyRelu is there in float64 of onnxruntime.
    negative = write("Sub", write("Exp", write("Neg", _below_zero(write, z))), np.ones(1))
    return write("Add", write("Relu", z), negative)


def _leaky_relu(write: Writer, z: Any) -> Any:
    leaked = write("Mul", _below_zero(write, z), np.full(1, LEAK))
    return write("Sub", write("Relu", z), leaked)


def _below_zero(write: Writer, z: Any) -> Any:
    return write("Relu", write("Neg", z))


def _squared_error(write: Writer, z: Any, x: Any) -> tuple[Any, Any]:
    error = write("Sub", z, x)
    return z, write("Mul", error, error)


def _cross_entropy(write: Writer, z: Any, x: Any) -> tuple[Any, Any]:
    return write("Sigmoid", z), write("Sub", _softplus(write, z), write("Mul", x, z))


ACTIVATIONS: dict[str, Callable[[Writer, Any], Any]] = {
    "logistic": lambda write, z: write("Sigmoid", z),
    "tanh": lambda write, z: write("Tanh", z),
    "relu": lambda write, z: write("Relu", z),
    "identity": lambda write, z: write("Identity", z),
    "softplus": _softplus,
    "elu": _elu,
    "leaky_relu": _leaky_relu,
}
LOSSES = {"squared_error": _squared_error, "cross_entropy": _cross_entropy}
"""Of each loss, the reconstruction and the terms of its sum over features, from the pre-activation and x."""


def register() -> None:
    """Teach skl2onnx to convert the autoencoders, alone and as steps of a pipeline.

    Call it once per process, then use skl2onnx as for any other estimator. The graph
    has the output ``code``, what ``transform`` returns; the options ``reconstruction``
    and ``score_samples`` of an autoencoder that is converted alone, or is the last step
    of its pipeline, add outputs of these names.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder, onnx
    >>> X = np.float32(load_digits().data / 16)
    >>> cae = ContractiveAutoencoder(16, max_iter=20, tol=0.01, random_state=0).fit(X)
    >>> onnx.register()
    >>> from skl2onnx import to_onnx
    >>> graph = to_onnx(cae, X[:1], options={id(cae): {"reconstruction": True}})
    >>> [output.name for output in graph.graph.output]
    ['code', 'reconstruction']
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError as error:
        raise ImportError(
            'skcae.onnx needs skl2onnx, which is not installed; pip install "skcae[onnx]".'
        ) from error
    options = {name: [False, True] for name in EXTRA_OUTPUTS}
    for estimator in ESTIMATORS:
        name = f"Skcae{estimator.__name__}"
        update_registered_converter(
            estimator, name, _set_shapes, _convert, parser=_parse, options=options
        )


def _parse(scope: Any, model: Any, inputs: list[Any], custom_parsers: Any = None) -> list[Any]:
    """Declare the outputs that the options ask for."""
    from skl2onnx.common.data_types import guess_tensor_type

    operator = scope.declare_local_operator(f"Skcae{type(model).__name__}", model)
    operator.inputs = inputs
    options = scope.get_options(model, dict.fromkeys(EXTRA_OUTPUTS, False))
    for name in ("code", *(name for name in EXTRA_OUTPUTS if options[name])):
        operator.outputs.append(
            scope.declare_local_variable(name, guess_tensor_type(inputs[0].type))
        )
    return operator.outputs


def _set_shapes(operator: Any) -> None:
    rows, estimator = operator.inputs[0].get_first_dimension(), operator.raw_operator
    shapes = {
        "code": [rows, estimator._n_features_out],
        "reconstruction": [rows, estimator.n_features_in_],
        "score_samples": [rows],
    }
    for output in operator.outputs:
        output.type.shape = shapes[output.raw_name]


def _convert(scope: Any, operator: Any, container: Any) -> None:
    """Write the graph of every declared output; what they have in common is written once."""
    from skl2onnx.algebra import onnx_ops
    from skl2onnx.common.data_types import guess_numpy_type, guess_proto_type

    estimator, kind = operator.raw_operator, operator.outputs[0].type
    write = Writer(onnx_ops, container.target_opset, guess_numpy_type(kind))
    x = write("Cast", operator.inputs[0], to=guess_proto_type(kind))
    *_, code_activation = fitted_architecture(estimator).activation_names
    code = ACTIVATIONS[code_activation](
        write, _layers(write, estimator, slice(estimator._depth), x)
    )
    z = _layers(write, estimator, slice(estimator._depth, None), code)
    reconstruction, loss = LOSSES[estimator.loss](write, z, x)
    score = write("Neg", write("ReduceSumApi11", loss, axes=[1], keepdims=0))
    results = {"code": code, "reconstruction": reconstruction, "score_samples": score}
    for output in operator.outputs:
        write("Identity", results[output.raw_name], output_names=[output]).add_to(scope, container)


def _layers(write: Writer, estimator: Codes, part: slice, x: Any) -> Any:
    """The pre-activation at the end of some layers."""
    for level, (coef, intercept) in enumerate(
        zip(estimator.coefs_[part], estimator.intercepts_[part], strict=True)
    ):
        x = ACTIVATIONS[estimator.activation](write, x) if level else x
        x = write("Add", write("MatMul", x, coef), intercept)
    return x
