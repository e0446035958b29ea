"""What a user's type checker sees. mypy checks this file; it fails, too, if an error is missing.

Every ``type: ignore`` below is a mistake that has to be found.
"""

from typing import Any, assert_type

import numpy as np

import skcae
from skcae import (
    AutoencoderDetector,
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    FinetunedClassifier,
)
from skcae.model_selection import JointGridSearchCV

X = np.zeros((20, 3))
losses = ["squared_error"] * 2 + ["cross_entropy"]


def parameters() -> None:
    ContractiveAutoencoder(8, loss="cross_entropy", activation="tanh", penalty="auto")
    ContractiveAutoencoder(loss=losses, penalty=skcae.Hutchinson(2), hidden_layer_sizes=(9, 9))
    ContractiveAutoencoder(loss="mse")  # type: ignore[arg-type]
    ContractiveAutoencoder(activation="sigmoid")  # type: ignore[arg-type]
    ContractiveAutoencoder(code_activation="sigmoid")  # type: ignore[arg-type]
    ContractiveAutoencoder(penalty="frobenius")  # type: ignore[arg-type]
    ContractiveAutoencoder(solver="lbfgs")  # type: ignore[arg-type]
    ContractiveAutoencoder(batch_size="all")  # type: ignore[arg-type]
    ContractiveAutoencoder(lamda=0.1)  # type: ignore[call-arg]
    ContractiveAutoencoderCV(learning_rate="adaptive")  # type: ignore[arg-type]
    DenoisingAutoencoder(corruption="dropout")  # type: ignore[arg-type]
    AutoencoderDetector(contamination="high")  # type: ignore[arg-type]
    FinetunedClassifier(class_weight="even")  # type: ignore[arg-type]
    FinetunedClassifier(tangent_rows="unlabelled")  # type: ignore[arg-type]


def autoencoder() -> None:
    cae = ContractiveAutoencoder(8).set_params(alpha=1.0).set_output(transform="default").fit(X)
    assert_type(cae, ContractiveAutoencoder)
    assert_type(cae.fit_transform(X), np.ndarray)
    assert_type(cae.components_, np.ndarray)
    assert_type(cae.coefs_, list[np.ndarray])
    assert_type(cae.contraction_curve_, list[float])
    assert_type(cae.n_iter_, int)
    assert_type(cae.score(X), float)
    assert_type(cae.get_params(), dict[str, Any])


def others() -> None:
    assert_type(ContractiveAutoencoderCV().fit(X).alpha_, float)
    assert_type(DenoisingAutoencoder().fit(X).partial_fit(X).loss_curve_, list[float])
    assert_type(AutoencoderDetector().fit(X).offset_, float)
    assert_type(AutoencoderDetector().fit_predict(X), np.ndarray)
    assert_type(FinetunedClassifier().fit(X, X[:, 0]).predict(X), np.ndarray)
    search = JointGridSearchCV(ContractiveAutoencoder(), {"alpha": [0.1, 1.0]}).fit(X)
    assert_type(search, JointGridSearchCV)
    assert_type(search.best_score_, float)


def modules() -> None:
    assert_type(skcae.model_selection.alpha_grid(ContractiveAutoencoder(), X), Any)
    skcae.onnx.register()
    skcae.sampling.walk(ContractiveAutoencoder().fit(X), X)
    skcae.plots.show()  # type: ignore[attr-defined]
