"""
Accuracy against alpha
======================

``alpha`` is searched like any other parameter of a pipeline.
"""

# %% 300 labelled digits. The autoencoder is trained in each fold anew, so that nothing
# is learnt from the rows that are scored.

from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skcae import ContractiveAutoencoder
from skcae.inspection import AlphaPathDisplay, contraction

X, y = load_digits(return_X_y=True)
cae = ContractiveAutoencoder(
    n_components=128,
    loss="cross_entropy",
    batch_size=20,
    max_iter=40,
    n_iter_no_change=None,
    random_state=0,
)
pipe = make_pipeline(MinMaxScaler(clip=True), cae, LogisticRegression(C=10, max_iter=1000))
grid = {"contractiveautoencoder__alpha": [0, 0.01, 0.03, 0.1, 0.3, 1]}
folds = StratifiedKFold(3, shuffle=True, random_state=0)
search = GridSearchCV(pipe, grid, cv=folds).fit(X[:300], y[:300])

# %% The band is one standard deviation over folds. It is wide beside the differences:
# with few labels no grid can tell neighbouring alphas apart, only whether contraction
# of that order helps.

AlphaPathDisplay.from_cv_results(search)

# %% The best one, on digits that had no part in it, beside the same pipeline without
# contraction and one without autoencoder.

best = search.best_params_["contractiveautoencoder__alpha"]
plain = clone(search.estimator).set_params(contractiveautoencoder__alpha=0).fit(X[:300], y[:300])
raw = make_pipeline(MinMaxScaler(), LogisticRegression(C=10, max_iter=1000)).fit(X[:300], y[:300])
for name, model in {f"alpha = {best:g}": search, "alpha = 0": plain, "raw pixels": raw}.items():
    print(f"{name}: {model.score(X[300:], y[300:]):.1%} of held-out digits")

# %%
# The codes of the winner move less with their input:

scaled = search.best_estimator_[:-2].transform(X[300:])
for name, model in {f"alpha = {best:g}": search.best_estimator_, "alpha = 0": plain}.items():
    print(f"{name}: mean ||J||_F^2 {contraction(model[-2], scaled).mean():.1f}")
