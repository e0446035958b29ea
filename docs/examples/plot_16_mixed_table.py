"""
Mixed tables
============

Numbers, a binary column and categories, each with a loss of its own.
"""

# %%
# The patients of scikit-learn's diabetes data: eight measurements, the sex,
# and the age, which is given in five groups here, as in a questionnaire.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcae import ContractiveAutoencoder

patients = load_diabetes(as_frame=True, scaled=False).data
patients["sex"] = patients["sex"].map({1: "one", 2: "two"})
ends = [0, 30, 40, 50, 60, 99]
groups = ["-30", "31-40", "41-50", "51-60", "61-"]
patients["age"] = pd.cut(patients["age"], ends, labels=groups)
train, test = train_test_split(patients, test_size=0.4, random_state=0)

# %%
# A ``ColumnTransformer`` makes numbers of everything: the measurements are
# standardised, the sex becomes one column of 0 and 1, and the age becomes five
# columns, one-hot.

numbers = list(patients.columns.drop(["age", "sex"]))
encoder = make_column_transformer(
    (StandardScaler(), numbers),
    (OneHotEncoder(drop="if_binary"), ["sex"]),
    (OneHotEncoder(), ["age"]),
    sparse_threshold=0,
)

# %%
# ``loss`` names the loss of every column, in the order of the transformer. All
# columns of a one-hot group have the same name after ``softmax:``; their
# reconstructions are probabilities that sum to 1.

n_numbers, n_groups = len(numbers), len(groups)
by_column = ["squared_error"] * n_numbers
by_column += ["cross_entropy"] + ["softmax:age"] * n_groups


def recovered(loss):
    """How well codes of 8 recover held-out patients: numbers, sex, age."""
    cae = ContractiveAutoencoder(8, loss=loss, random_state=0)
    pipe = make_pipeline(encoder, cae).fit(train)
    X = encoder.transform(test)
    R = pipe[-1].inverse_transform(pipe.transform(test))
    age = slice(n_numbers + 1, None)
    return [
        r2_score(X[:, :n_numbers], R[:, :n_numbers]),
        accuracy_score(X[:, n_numbers], R[:, n_numbers] > 0.5),
        accuracy_score(X[:, age].argmax(axis=1), R[:, age].argmax(axis=1)),
    ]


losses = {"by column": by_column, "squared error": "squared_error"}
found = {name: recovered(loss) for name, loss in losses.items()}

# %%
# Of 1 at best: the R² of the numbers, and the fractions of patients whose sex
# and age group are recovered.

figure, ax = plt.subplots()
for shift, (name, values) in zip((-0.2, 0.2), found.items(), strict=True):
    ax.bar(np.arange(3) + shift, values, 0.4, label=name)
    print(f"{name}: " + ", ".join(f"{value:.2f}" for value in values))
ax.set_xticks(range(3), ["numbers", "sex", "age group"])
ax.set_ylabel("R² or accuracy")
ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
# sphinx_gallery_start_ignore
alt = (
    "What both losses recover of the numbers, the sex and the age group, "
    "as bars."
)
# sphinx_gallery_end_ignore

# %%
# A code of 8 cannot keep everything, and the losses decide what it keeps. The
# losses by column recover sex and age, and pay with the numbers.

change = np.subtract(found["by column"], found["squared error"])
assert change[0] < 0 < change[1:].min()
