"""
Sparse text features
====================

Rows of word counts, most of them zero, are encoded as sparse matrices.
"""

# %%
# The documents are synthetic. Each is a mixture of few of eight topics. A
# topic has words of its own, among many words that occur in all topics. The
# class of a document is its main topic.

import matplotlib.pyplot as plt
import numpy as np
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ShuffleSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

from skcae import ContractiveAutoencoder

rng = np.random.RandomState(0)
topics = 0.6 / 600 + 0.4 * rng.dirichlet(np.full(600, 0.05), size=8)
mixtures = rng.dirichlet(np.full(8, 0.1), size=2000)
words = mixtures @ topics
words /= words.sum(axis=1, keepdims=True)
counts = sparse.csr_matrix(np.stack([rng.multinomial(60, p) for p in words]))
y = mixtures.argmax(axis=1)
print(f"{counts.nnz / np.prod(counts.shape):.1%} of {counts.shape} not zero")

# %%
# ``MaxAbsScaler`` keeps zeros and scales all other values to at most 1, as
# the cross-entropy requires.

X = make_pipeline(TfidfTransformer(), MaxAbsScaler()).fit_transform(counts)
codes = {
    "words": X,
    "truncated SVD": TruncatedSVD(32, random_state=0).fit_transform(X),
}
fitted = {}
for alpha in (0, 0.1, 0.3):
    cae = ContractiveAutoencoder(
        n_components=32,
        alpha=alpha,
        loss="cross_entropy",
        max_iter=15,
        n_iter_no_change=None,
        random_state=0,
    )
    codes[f"alpha = {alpha:g}"] = cae.fit_transform(X)
    fitted[alpha] = cae

# %%
# The encoders learn from all documents. The classifier learns from 80 of
# them, and is scored on the others.

folds = ShuffleSplit(5, train_size=80, random_state=0)
classifier = LogisticRegression(C=10, max_iter=2000)
scores = {
    name: cross_val_score(classifier, features, y, cv=folds)
    for name, features in codes.items()
}
figure, ax = plt.subplots(figsize=(5, 2.4))
means = [score.mean() for score in scores.values()]
spreads = [score.std() for score in scores.values()]
ax.barh(list(scores), means, xerr=spreads, color="#0072B2")
ax.set(xlabel="accuracy, ± standard deviation", xlim=(0.5, 1))
ax.invert_yaxis()
# sphinx_gallery_start_ignore
alt = (
    "Accuracy on words, on a truncated SVD and on codes at three alphas, "
    "as bars."
)
# sphinx_gallery_end_ignore

# %%
# A unit responds to the words of its largest weights. These words should
# belong together. Printed is the mean over units of the largest number, among
# the ten words of the largest weights, that are in the forty most frequent
# words of one topic.

own = [set(np.argsort(topic)[-40:]) for topic in topics]
for alpha, cae in fitted.items():
    largest = np.argsort(cae.components_)[:, -10:]
    shared = [max(len(set(unit) & topic) for topic in own) for unit in largest]
    print(f"alpha = {alpha:g}: {np.mean(shared):.1f} of 10")
