"""
Accuracy against alpha
======================

``alpha`` is searched like any other parameter of a pipeline.
"""

# %%
# 300 digits have labels. The search fits the autoencoder again on each
# training fold, so it learns nothing from the rows that are scored. The alphas
# follow the rows and the size of the code.

import matplotlib.pyplot as plt
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedKFold,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skcae import ContractiveAutoencoder
from skcae.inspection import AlphaPathDisplay, contraction
from skcae.model_selection import alpha_grid

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(
    X, y, train_size=300, stratify=y, random_state=0
)
cae = ContractiveAutoencoder(
    n_components=128,
    loss="cross_entropy",
    batch_size=20,
    max_iter=40,
    n_iter_no_change=None,
    random_state=0,
)
classifier = LogisticRegression(C=10, max_iter=1000)
pipe = make_pipeline(MinMaxScaler(clip=True), cae, classifier)
alphas = [0, *alpha_grid(cae, X / 16, n_alphas=5)]
grid = {"contractiveautoencoder__alpha": alphas}
folds = StratifiedKFold(3, shuffle=True, random_state=0)
search = GridSearchCV(pipe, grid, cv=folds).fit(X, y)

# %%
# The band is one standard deviation over folds.

_, ax = plt.subplots()
AlphaPathDisplay.from_cv_results(search, ax=ax)
# sphinx_gallery_start_ignore
alt = "Cross-validated accuracy against alpha, with a band."
# sphinx_gallery_end_ignore

# %%
# The best pipeline, the same pipeline without contraction, and one without an
# autoencoder are scored on digits that were not used so far.

best = search.best_params_["contractiveautoencoder__alpha"]
# sphinx_gallery_start_ignore
assert best > 0
# sphinx_gallery_end_ignore
plain = clone(pipe).set_params(contractiveautoencoder__alpha=0).fit(X, y)
raw = make_pipeline(MinMaxScaler(), clone(classifier)).fit(X, y)
models = {f"alpha = {best:g}": search, "alpha = 0": plain, "raw pixels": raw}
for name, model in models.items():
    print(f"{name}: {model.score(X_test, y_test):.1%} of held-out digits")

# %%
# The codes of the best pipeline change less with their input:

scaled = search.best_estimator_[:-2].transform(X_test)
norms = []
for fitted in (search.best_estimator_, plain):
    norms.append(contraction(fitted[-2], scaled).mean())
    print(f"alpha = {fitted[-2].alpha:g}: mean ||J||_F^2 {norms[-1]:.1f}")
assert norms[0] < norms[1]
