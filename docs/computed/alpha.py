"""What the figure of accuracy against alpha shows, in sentences."""

from _few import ALL, ALPHAS, FEW, N_FEW, NOISY


def sentence(means, where):
    best = means.argmax()
    return (
        f"{where}, the best alpha is {ALPHAS[best]:g}, with an accuracy of {means[best]:.1%}; "
        f"without contraction it is {means[0]:.1%}. "
    )


few, noisy = FEW.mean(axis=1), NOISY.mean(axis=1)
assert few.max() > few[0] + 0.03
assert noisy.max() > noisy[0] + 0.15
assert max(few.argmax(), noisy.argmax(), ALL.argmax()) < len(ALPHAS) - 1
print(
    sentence(few, f"With {N_FEW} labels")
    + sentence(noisy, "With as many labels and noise in the test rows")
    + sentence(ALL, "With all labels")
    + "Too much contraction does harm: the code then ignores what distinguishes the digits.\n"
)
