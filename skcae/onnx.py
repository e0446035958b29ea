"""Converters of fitted autoencoders to ONNX for skl2onnx, an optional dependency.

A parser takes an estimator apart and declares the outputs that its options ask for. A
converter then writes the graph, node by node. If part of an estimator has no form in
ONNX, the conversion raises.
"""

from copy import copy
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skcae import _graph as graph
from skcae._contractive import ContractiveAutoencoder
from skcae._contractive_cv import ContractiveAutoencoderCV
from skcae._denoising import DenoisingAutoencoder
from skcae._finetuned import FinetunedClassifier
from skcae._graph import FLOATS, INT64, Writer, outputs_of
from skcae._holders import find_autoencoder
from skcae._outliers import AutoencoderDetector
from skcae._stack import stack_of
from skcae.model_selection import JointGridSearchCV

__all__ = ["register"]

ESTIMATORS = [ContractiveAutoencoder, ContractiveAutoencoderCV, DenoisingAutoencoder]
OPTIONS = {"code": True, "reconstruction": False, "score_samples": False, "decoder": False}
"""The options of an autoencoder, and their defaults."""


def register() -> None:
    """Register the estimators of this package with skl2onnx, alone and in a pipeline.

    Call it once per process, then use skl2onnx as for any other estimator. The graph of
    an autoencoder has the output ``code``, which is the result of ``transform``.
    Options change its outputs if it is converted alone or is the last step of its
    pipeline:

    - ``"reconstruction"``: adds the reconstruction of the rows;
    - ``"score_samples"``: adds the scores of the rows;
    - ``"code": False``: leaves the code out;
    - ``"decoder": True``: converts ``inverse_transform`` alone. The input of the graph
      is then codes, and its only output is ``reconstruction``.

    The graph of an AutoencoderDetector has the outputs ``label`` and ``scores``, as
    those of scikit-learn's outlier detectors have. They are the results of ``predict``
    and ``decision_function``, as columns. Its option ``"score_samples"`` adds the
    scores before the threshold.

    The graph of a FinetunedClassifier has the outputs ``label`` and ``probabilities``.
    Its option ``"zipmap"`` is that of scikit-learn's classifiers, but False by default.
    In a Pipeline, skl2onnx sets it to True unless it is given.

    The graph of a JointGridSearchCV is that of its ``best_estimator_``. A DataFrame
    gives a graph with one input for each column.

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
    >>> cae = ContractiveAutoencoder(16, max_iter=100, random_state=0).fit(X)
    >>> onnx.register()
    >>> from skl2onnx import to_onnx
    >>> graph = to_onnx(cae, X[:1], options={id(cae): {"reconstruction": True}})
    >>> [output.name for output in graph.graph.output]
    ['code', 'reconstruction']
    >>> codes = cae.transform(X[:1])
    >>> decoder = to_onnx(cae, codes, options={id(cae): {"decoder": True}})
    >>> [output.name for output in decoder.graph.output]
    ['reconstruction']
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError as error:
        raise ImportError(
            "skcae.onnx needs skl2onnx, which is not installed; pip install skl2onnx."
        ) from error
    either = [False, True]
    zipmap = {"zipmap": [*either, "columns"], "nocl": [False]}
    rows: list[tuple[type, Any, Any, Any]] = [
        *((kind, _convert, _parse, dict.fromkeys(OPTIONS, either)) for kind in ESTIMATORS),
        (AutoencoderDetector, _convert_detector, _parse_detector, {"score_samples": either}),
        (FinetunedClassifier, _convert_classifier, _parse_classifier, zipmap),
        (JointGridSearchCV, _convert, _parse_search, "passthrough"),
    ]
    for kind, convert, parse, options in rows:
        update_registered_converter(
            kind,
            f"Skcae{kind.__name__}",
            shape_fct=_set_shapes,
            convert_fct=convert,
            parser=parse,
            options=options,
        )


def _parse(scope: Any, model: Any, inputs: list[Any], custom_parsers: Any = None) -> list[Any]:
    """Declare the outputs that the options of an autoencoder ask for."""
    check_is_fitted(model)
    options = scope.get_options(model, dict(OPTIONS))
    if options.pop("decoder"):
        if options["score_samples"]:
            raise ValueError(
                "The options 'decoder' and 'score_samples' exclude each other: scores need rows, "
                "and the decoder is given codes; convert the estimator twice."
            )
        options = {"reconstruction": True}
    names = [name for name, asked in options.items() if asked]
    if not names:
        raise ValueError(
            "The option 'code': False leaves the graph without an output; add "
            "'reconstruction': True or 'score_samples': True."
        )
    return _declare(scope, model, inputs, dict.fromkeys(names, _float_type(inputs)))


def _parse_detector(
    scope: Any, model: Any, inputs: list[Any], custom_parsers: Any = None
) -> list[Any]:
    """Declare the steps before a detector's autoencoder, and its outputs."""
    from skl2onnx.common.data_types import Int64TensorType

    check_is_fitted(model)
    _, steps = find_autoencoder(model.autoencoder_)
    for step in steps:
        inputs = _parse_part(scope, step, inputs, custom_parsers)
    kind = _float_type(inputs)
    outputs = {"label": Int64TensorType(), "scores": kind}
    if scope.get_options(model, {"score_samples": False})["score_samples"]:
        outputs["score_samples"] = kind
    return _declare(scope, model, inputs, outputs)


def _parse_classifier(
    scope: Any, model: Any, inputs: list[Any], custom_parsers: Any = None
) -> list[Any]:
    """Declare the steps before the first autoencoder, and the classifier's outputs."""
    from skl2onnx._parse import _apply_zipmap
    from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType

    check_is_fitted(model)
    for step in stack_of(model.encoder_).before:
        inputs = _parse_part(scope, step, inputs, custom_parsers)
    kind = _float_type(inputs)
    strings = graph.class_labels(model.classes_).dtype.kind == "U"
    label = StringTensorType() if strings else Int64TensorType()
    outputs = _declare(scope, model, inputs, {"label": label, "probabilities": kind})
    zipmap = scope.get_options(model, {"zipmap": False})["zipmap"]
    if zipmap is True and isinstance(kind, DoubleTensorType):
        raise NotImplementedError(
            "The option 'zipmap': True has no form in float64; use 'zipmap': False, which a "
            "Pipeline needs to be told, or 'columns', or convert with rows in float32."
        )
    return _apply_zipmap(zipmap, scope, model, kind, outputs) if zipmap else outputs


def _parse_search(
    scope: Any, model: Any, inputs: list[Any], custom_parsers: Any = None
) -> list[Any]:
    """A search is its best estimator, which has the options of the search."""
    check_is_fitted(model)
    if options := scope.get_options(model):
        scope.add_options(id(model.best_estimator_), options)
    return _parse_part(scope, model.best_estimator_, inputs, custom_parsers)


def _parse_part(scope: Any, part: Any, inputs: list[Any], custom_parsers: Any) -> list[Any]:
    from skl2onnx._parse import parse_sklearn

    outputs = parse_sklearn(scope, part, inputs, custom_parsers=custom_parsers)
    for output in outputs:
        output.init_status(is_leaf=False)
    return outputs


def _declare(scope: Any, model: Any, inputs: list[Any], outputs: dict[str, Any]) -> list[Any]:
    operator = scope.declare_local_operator(f"Skcae{type(model).__name__}", model)
    operator.inputs = inputs
    for name, kind in outputs.items():
        operator.outputs.append(scope.declare_local_variable(name, copy(kind)))
    return operator.outputs


def _float_type(inputs: list[Any]) -> Any:
    """The type to compute in: float64 if any column is float64, else float32."""
    from skl2onnx.common.data_types import DoubleTensorType, guess_tensor_type

    kinds = [guess_tensor_type(one.type) for one in inputs]
    return next((kind for kind in kinds if isinstance(kind, DoubleTensorType)), kinds[0])


def _set_shapes(operator: Any) -> None:
    rows = operator.inputs[0].get_first_dimension()
    estimator = operator.raw_operator
    if isinstance(estimator, AutoencoderDetector):
        shapes = {name: [rows, 1] for name in ("label", "scores", "score_samples")}
    elif isinstance(estimator, FinetunedClassifier):
        shapes = {"label": [rows], "probabilities": [rows, len(estimator.classes_)]}
    else:
        shapes = {
            "code": [rows, estimator._n_features_out],
            "reconstruction": [rows, estimator.n_features_in_],
            "score_samples": [rows],
        }
    if not {output.raw_name for output in operator.outputs} <= shapes.keys():
        raise NotImplementedError(
            f"{type(estimator).__name__} has no form in ONNX inside of this meta-estimator; "
            "convert it alone, in a Pipeline or in a search."
        )
    for output in operator.outputs:
        output.type.shape = shapes[output.raw_name]


def _convert(scope: Any, operator: Any, container: Any) -> None:
    """Write the graph of every declared output of an autoencoder."""
    estimator = operator.raw_operator
    decodes = container.get_options(estimator, dict(OPTIONS))["decoder"]
    graph.check_place(operator, decodes)
    write = _writer(container, operator.outputs[0].type)
    x = _joined(write, operator.inputs)
    encoder, decoder = graph.layers(estimator)
    code = x if decodes else outputs_of(write, encoder, x)
    z = outputs_of(write, decoder, code)
    reconstruction, losses = graph.reconstructed(write, estimator.loss, z, x)
    results = {"code": code, "reconstruction": reconstruction}
    if not decodes:
        results["score_samples"] = write("Neg", _sum(write, losses))
    _finish(write, operator, results, scope, container)


def _convert_detector(scope: Any, operator: Any, container: Any) -> None:
    """Write the graph of a detector, from the rows that reach its autoencoder."""
    detector = operator.raw_operator
    autoencoder, _ = find_autoencoder(detector.autoencoder_)
    graph.check_width(operator.inputs, "rows", autoencoder.n_features_in_)
    write = _writer(container, operator.outputs[1].type)
    x = _joined(write, operator.inputs)
    encoder, decoder = graph.layers(autoencoder)
    z = outputs_of(write, decoder, outputs_of(write, encoder, x))
    reconstruction, losses = graph.reconstructed(write, autoencoder.loss, z, x)
    if hasattr(detector, "residual_variance_"):
        scale = 1 / np.sqrt(detector.residual_variance_)
        residuals = write("Mul", write("Sub", x, reconstruction), scale)
        losses = write("Mul", residuals, residuals)
    score = write("Neg", _sum(write, losses, keepdims=1))
    decision = write("Sub", score, np.array([detector.offset_]))
    below = write("Cast", write("Less", decision, np.zeros(1)), to=FLOATS[write.dtype])
    label = write("Cast", write("Sub", np.ones(1), write("Add", below, below)), to=INT64)
    results = {"label": label, "scores": decision, "score_samples": score}
    _finish(write, operator, results, scope, container)


def _convert_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Write the graph of a classifier, from the rows that reach its autoencoder."""
    classifier = operator.raw_operator
    write = _writer(container, operator.outputs[1].type)
    steps = stack_of(classifier.encoder_).layers
    graph.check_width(operator.inputs, "rows", steps[0].n_features_in_)
    scores = graph.scores_of(write, steps, classifier, _joined(write, operator.inputs))
    place = write("ArgMax", scores, axis=1, keepdims=0)
    label = write("Gather", graph.class_labels(classifier.classes_), place)
    results = {"label": label, "probabilities": write("Softmax", scores, axis=1)}
    _finish(write, operator, results, scope, container)


def _writer(container: Any, kind: Any) -> Writer:
    from skl2onnx.algebra import onnx_ops
    from skl2onnx.common.data_types import guess_numpy_type

    return Writer(onnx_ops, container.target_opset, guess_numpy_type(kind))


def _joined(write: Writer, inputs: list[Any]) -> Any:
    """All columns side by side, in the dtype of the graph."""
    columns = [write("Cast", one, to=FLOATS[write.dtype]) for one in inputs]
    return columns[0] if len(columns) == 1 else write("Concat", *columns, axis=1)


def _sum(write: Writer, terms: Any, keepdims: int = 0) -> Any:
    return write("ReduceSumApi11", terms, axes=[1], keepdims=keepdims)


def _finish(
    write: Writer, operator: Any, results: dict[str, Any], scope: Any, container: Any
) -> None:
    """Name the declared outputs. Nodes that they share are written once."""
    for output in operator.outputs:
        write("Identity", results[output.raw_name], output_names=[output]).add_to(scope, container)
