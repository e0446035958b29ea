"""Every mistake, beside the true penalty."""

from _table import show
from mistakes import MISTAKES, encoder_for, right
from sklearn.datasets import load_digits

from skcae.inspection import check_penalty

X = load_digits().data[:50] / 16
rows, cosines = [], {}
for name, penalty in {"right": right, **MISTAKES}.items():
    encoder = encoder_for(penalty)
    check = check_penalty(
        lambda x, encoder=encoder, penalty=penalty: penalty(encoder, x), encoder, X
    )
    cosines[name] = check.gradient_cosine
    rows.append(
        [
            name,
            check.value / check.expected,
            check.gradient_ratio,
            check.gradient_cosine,
            check.verdict.replace("|", r"\|"),
        ]
    )
show(
    [
        "penalty",
        "value / true value",
        "gradient / true gradient",
        "cosine of the angle",
        "verdict of ``check_penalty``",
    ],
    rows,
)
same = {name for name, cosine in cosines.items() if cosine > 0.999}
assert same == {"right", "mean for a sum", "one half"}
assert max(cosine for name, cosine in cosines.items() if name not in same) < 0.9
