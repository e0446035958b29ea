"""Accuracy and the terms of the objective against alpha."""

from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skcae import ContractiveAutoencoder, contractive_path
from skcae.inspection import AlphaPathDisplay, contraction
from skcae.model_selection import JointGridSearchCV

X, y = load_digits(return_X_y=True)
X, y, alphas = X[:600] / 16, y[:600], [0, 0.01, 0.03, 0.1, 0.3, 1, 3]
shared = {"n_components": 128, "loss": "cross_entropy", "max_iter": 40, "batch_size": 50}
shared |= {"n_iter_no_change": None, "random_state": 0}
classifier = LogisticRegression(C=10, max_iter=1000)
pipe = make_pipeline(MinMaxScaler(clip=True), ContractiveAutoencoder(**shared), classifier)
folds = StratifiedKFold(5, shuffle=True, random_state=0)
search = JointGridSearchCV(pipe, {"contractiveautoencoder__alpha": alphas}, cv=folds).fit(X, y)
path = contractive_path(X, alphas, **shared)
curves = {
    "reconstruction error": [-cae.score(X) for cae in path],
    "mean $\\|J\\|_F^2$": [contraction(cae, X).mean() for cae in path],
}
AlphaPathDisplay.from_cv_results(search, curves=curves).axes_[0].set_ylabel("accuracy")
