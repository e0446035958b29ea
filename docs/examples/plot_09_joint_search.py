"""
Faster searches
===============

A grid over alpha trains the same network many times. ``JointGridSearchCV`` trains all
of them at once.
"""

# %%
# Only the name of the search changes.

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skcae import ContractiveAutoencoder
from skcae.inspection import AlphaPathDisplay
from skcae.model_selection import JointGridSearchCV, alpha_grid

X, y = load_digits(return_X_y=True)
cae = ContractiveAutoencoder(
    n_components=16,
    batch_size=32,
    max_iter=10,
    n_iter_no_change=None,
    random_state=0,
)
pipe = make_pipeline(MinMaxScaler(clip=True), cae, RidgeClassifier())
alphas = [0, *alpha_grid(cae, X / 16, n_alphas=7)]
grid = {"contractiveautoencoder__alpha": alphas}

searches = {}
for Search in (GridSearchCV, JointGridSearchCV):
    start = perf_counter()
    searches[Search.__name__] = Search(pipe, grid, cv=3).fit(X, y)
    print(f"{Search.__name__}: {perf_counter() - start:.1f} s")

# %%
# Both take the same training steps. Rounding differs, and grows over a fit.

single, joint = (
    search.cv_results_["mean_test_score"] for search in searches.values()
)
print(f"largest difference of scores: {np.abs(single - joint).max():.1e}")
print(searches["JointGridSearchCV"].best_params_)

# %%
# The autoencoders of all candidates and folds take their steps together. Each
# step has a cost beside its arithmetic, which is then paid only once. The
# smaller the layers and batches, the larger the gain; with several hundred
# features and units there is none (:doc:`../benchmarks/joint_search`).

# %%
# Accuracy against alpha:

_, ax = plt.subplots()
AlphaPathDisplay.from_cv_results(searches["JointGridSearchCV"], ax=ax)
# sphinx_gallery_start_ignore
alt = "Cross-validated accuracy against alpha, with a band."
# sphinx_gallery_end_ignore
