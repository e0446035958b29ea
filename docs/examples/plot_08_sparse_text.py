"""
Sparse text features
====================

Rows of word counts, most of them zero, go in as they are.
"""

# %% Made documents: each mixes few of eight topics, and each topic has words of its own
# among many that occur everywhere. The class of a document is its main topic.

import numpy as np
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

from skcae import ContractiveAutoencoder

rng = np.random.RandomState(0)
topics = 0.6 / 600 + 0.4 * rng.dirichlet(np.full(600, 0.05), size=8)
mixtures = rng.dirichlet(np.full(8, 0.1), size=2000)
words = mixtures @ topics
counts = sparse.csr_matrix(np.stack([rng.multinomial(60, row / row.sum()) for row in words]))
y = mixtures.argmax(axis=1)
print(
    f"{counts.shape[0]} documents, {counts.shape[1]} words, {counts.nnz / np.prod(counts.shape):.1%} not zero"
)

# %%
# ``MaxAbsScaler`` leaves zeros zero and the rest below 1, for the cross-entropy.

scaler = make_pipeline(TfidfTransformer(), MaxAbsScaler())
X = scaler.fit_transform(counts)
shared = {
    "n_components": 32,
    "loss": "cross_entropy",
    "max_iter": 15,
    "n_iter_no_change": None,
    "random_state": 0,
}
coders = {
    "words": None,
    "truncated SVD": TruncatedSVD(32, random_state=0),
    **{
        f"alpha = {alpha:g}": ContractiveAutoencoder(alpha=alpha, **shared)
        for alpha in (0, 0.1, 0.3, 1)
    },
}
codes = {name: X if coder is None else coder.fit_transform(X) for name, coder in coders.items()}

# %% The codes know all documents; a classifier sees the labels of 80 of them, and is
# scored on the others. At alpha = 1 the code collapses, which fit warns of.

folds = [(rows[:80], rows[80:]) for rows in (rng.permutation(len(y)) for _ in range(5))]
for name, features in codes.items():
    scores = cross_val_score(LogisticRegression(C=10, max_iter=2000), features, y, cv=folds)
    print(f"{name:13}: {scores.mean():.1%} ± {scores.std():.1%}")

# %% What a unit responds to are the words of its largest weights. Those of a topic
# should be together: of the ten largest of each unit, the most that are among the forty
# most frequent words of one topic.

own = [set(np.argsort(topic)[-40:]) for topic in topics]
for name in ("alpha = 0", "alpha = 0.1", "alpha = 0.3"):
    largest = np.argsort(coders[name].components_)[:, -10:]
    print(
        f"{name:13}: {np.mean([max(len(set(unit) & words) for words in own) for unit in largest]):.1f} of 10"
    )
