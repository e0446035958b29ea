"""
Anomalies, with a threshold
===========================

A detector that raises about as many false alarms as you allow.
"""

# %%
# Benign tumours are the normal rows here, and malignant ones the anomalies.
# Half of the benign rows train the autoencoder, a quarter sets the threshold,
# and the last quarter and all malignant rows come later.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import IsolationForest
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcae import AutoencoderDetector, ContractiveAutoencoder

X, y = load_breast_cancer(return_X_y=True)
benign, malignant = X[y == 1], X[y == 0]
train, others = train_test_split(benign, train_size=0.5, random_state=0)
calibration, later = train_test_split(others, train_size=0.5, random_state=0)
print(len(train), len(calibration), len(later), len(malignant))

# %%
# The autoencoder learns from benign rows alone. It reconstructs rows unlike
# them badly.

cae = ContractiveAutoencoder(16, random_state=0)
pipe = FrozenEstimator(make_pipeline(StandardScaler(), cae).fit(train))

# %%
# ``contamination`` is the fraction of the detector's own rows that lie beyond
# the threshold. If the autoencoder has not seen these rows, it is close to the
# rate of false alarms to expect: 5 % here. ``FrozenEstimator`` keeps the
# detector from fitting the autoencoder again. The rows of its fit give a
# threshold that is too strict, since they are reconstructed better than others.

alarms, detectors = {}, {}
for name, rows in {"new rows": calibration, "rows of the fit": train}.items():
    detector = AutoencoderDetector(pipe, contamination=0.05).fit(rows)
    false = np.mean(detector.predict(later) == -1)
    right = np.mean(detector.predict(malignant) == -1)
    alarms[name], detectors[name] = false, detector
    print(f"{name}: {false:.0%} false alarms, {right:.0%} found")
assert abs(alarms["new rows"] - 0.05) < 0.05 < alarms["rows of the fit"] - 0.05

# %%
# The losses and the threshold:

detector = detectors["new rows"]
figure, ax = plt.subplots()
bins = np.geomspace(0.3, 3000, 40)
for name, rows in {"benign, later": later, "malignant": malignant}.items():
    ax.hist(-detector.score_samples(rows), bins, alpha=0.6, label=name)
ax.axvline(-detector.offset_, color="black", label="threshold")
ax.set(xscale="log", xlabel="reconstruction loss", ylabel="rows")
ax.legend()
# sphinx_gallery_start_ignore
alt = (
    "Histograms of the losses of benign and malignant rows, and the threshold."
)
# sphinx_gallery_end_ignore

# %%
# Is the autoencoder needed? An isolation forest on the same rows, both as the
# area under the ROC curve:

forest = IsolationForest(random_state=0).fit(train)
is_benign = np.repeat([1, 0], [len(later), len(malignant)])
rows = np.vstack([later, malignant])
for name, model in {"autoencoder": detector, "forest": forest}.items():
    print(f"{name}: {roc_auc_score(is_benign, model.score_samples(rows)):.3f}")

# %%
# One split of one data set does not decide between them. The page
# :doc:`../guide/anomalies` compares them on more data.
