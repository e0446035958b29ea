"""The displays of skcae.inspection: what they draw, on which axes, and how they fail."""

import builtins

import matplotlib as mpl
import numpy as np
import pytest
from estimators import short_fits
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcae import (
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    HigherOrder,
)
from skcae.inspection import (
    AlphaPathDisplay,
    ComponentsDisplay,
    ContractionCurveDisplay,
    FiltersDisplay,
    SpectrumDisplay,
    TangentsDisplay,
    TrainingDisplay,
    WalksDisplay,
    contraction_curve,
    singular_values,
    tangents,
)
from skcae.model_selection import JointGridSearchCV
from skcae.sampling import walk

mpl.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")

X = np.random.RandomState(0).uniform(size=(30, 12))
IMAGE = {"image_shape": (3, 4)}
FROM_ESTIMATOR = {
    "filters": lambda cae, **kw: FiltersDisplay.from_estimator(cae, **IMAGE, **kw),
    "tangents": lambda cae, **kw: TangentsDisplay.from_estimator(cae, X[:2], 2, **IMAGE, **kw),
    "spectrum": lambda cae, **kw: SpectrumDisplay.from_estimator(cae, X, **kw),
    "curve": lambda cae, **kw: ContractionCurveDisplay.from_estimator(cae, X, random_state=0, **kw),
    "training": lambda cae, **kw: TrainingDisplay.from_estimator(cae, **kw),
    "walks": lambda cae, **kw: WalksDisplay.from_estimator(
        cae, X[:2], 6, 0.1, 0, thin=3, **IMAGE, **kw
    ),
}
RESULTS = {
    "param_cae__alpha": np.ma.array([1.0, 0, 0.1]),
    "split0_test_score": np.array([0.5, 0.1, 0.7]),
    "split1_test_score": np.array([0.6, 0.3, 0.9]),
    "mean_test_score": np.array([0.55, 0.2, 0.8]),
    "std_test_score": np.array([0.05, 0.1, 0.1]),
}


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


@pytest.fixture(
    params=[
        pytest.param((kind, hidden), id=f"{kind.__name__}-{len(hidden) + 1}")
        for kind in (ContractiveAutoencoder, ContractiveAutoencoderCV, DenoisingAutoencoder)
        for hidden in ((), (7,))
    ],
    scope="module",
)
def fitted(request):
    kind, hidden = request.param
    choice = {"alphas": [0.1, 1], "cv": 2} if kind is ContractiveAutoencoderCV else {}
    short = {"max_iter": 3, "n_iter_no_change": None, "random_state": 0}
    return kind(5, hidden_layer_sizes=hidden, **choice, **short).fit(X)


@pytest.fixture(scope="module")
def cae():
    return ContractiveAutoencoder(
        5, alpha=0.5, max_iter=3, n_iter_no_change=None, random_state=0
    ).fit(X)


@pytest.mark.parametrize("name", FROM_ESTIMATOR)
class TestEveryDisplay:
    def test_makes_a_figure_with_labelled_axes(self, name, fitted):
        display = FROM_ESTIMATOR[name](fitted)
        assert isinstance(display.figure_, mpl.figure.Figure)
        assert display.ax_.figure is display.figure_
        assert display.ax_.get_xlabel()
        assert display.ax_.get_ylabel() or name == "filters"
        display.figure_.canvas.draw()

    def test_draws_on_the_axes_it_is_given(self, name, fitted):
        _, ax = plt.subplots()
        assert FROM_ESTIMATOR[name](fitted, ax=ax).ax_ is ax
        assert ax.lines or ax.images
        assert len(plt.get_fignums()) == 1

    def test_can_be_plotted_again(self, name, fitted):
        display = FROM_ESTIMATOR[name](fitted)
        first = display.ax_
        assert display.plot() is display
        assert display.ax_ is not first

    def test_needs_a_fitted_autoencoder(self, name, fitted):
        with pytest.raises(NotFittedError):
            FROM_ESTIMATOR[name](ContractiveAutoencoder())
        with pytest.raises(TypeError, match="estimator, of type float, holds no autoencoder"):
            FROM_ESTIMATOR[name](1.0)

    def test_of_a_pipeline_is_that_of_its_autoencoder(self, name, fitted):
        pipe = make_pipeline(FunctionTransformer(), FrozenEstimator(fitted))
        whole, alone = FROM_ESTIMATOR[name](pipe), FROM_ESTIMATOR[name](fitted)
        for one, other in zip(whole.ax_.lines, alone.ax_.lines, strict=True):
            np.testing.assert_array_equal(one.get_ydata(), other.get_ydata())
            assert one.get_label() == other.get_label()
        for one, other in zip(whole.ax_.images, alone.ax_.images, strict=True):
            np.testing.assert_array_equal(one.get_array().filled(0), other.get_array().filled(0))


def constructed():
    images = np.zeros((1, 2, 2))
    return [
        FiltersDisplay(images),
        TangentsDisplay(images, images[None], distance=1.0),
        SpectrumDisplay(np.ones((2, 3))),
        ContractionCurveDisplay([0, 1], [1, 1]),
        TrainingDisplay([1.0], [1.0]),
        AlphaPathDisplay([0, 1], {"a": [1, 2]}),
        ComponentsDisplay([1, 2], {"a": [1, 2]}),
        WalksDisplay(images[None]),
    ]


def attempts(cae):
    calls = {
        f"{name}.from_estimator": lambda make=make: make(cae)
        for name, make in FROM_ESTIMATOR.items()
    }
    calls["path.from_cv_results"] = lambda: AlphaPathDisplay.from_cv_results(RESULTS)
    return calls | {f"{type(display).__name__}.plot": display.plot for display in constructed()}


@pytest.mark.parametrize("name", attempts(None))
def test_without_matplotlib_the_error_names_the_extra(name, cae, monkeypatch):
    original = builtins.__import__

    def fail(module, *args, **kwargs):
        if module.split(".")[0] == "matplotlib":
            raise ImportError(module)
        return original(module, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", fail)
    with pytest.raises(ImportError, match=r"Display needs matplotlib.*; pip install matplotlib"):
        attempts(cae)[name]()


def test_curves_without_a_name_have_no_legend():
    for display in (SpectrumDisplay(np.ones((2, 3))), ContractionCurveDisplay([0, 1], [1, 1])):
        assert display.plot().ax_.get_legend() is None


@pytest.mark.parametrize("name", ["spectrum", "curve"])
def test_curves_on_one_axes_have_names_and_styles_of_their_own(name, fitted):
    one = FROM_ESTIMATOR[name](fitted, name="one")
    two = FROM_ESTIMATOR[name](fitted, ax=one.ax_)
    assert [text.get_text() for text in one.ax_.get_legend().get_texts()] == [
        "one",
        type(fitted).__name__,
    ]
    assert one.line_.get_linestyle() != two.line_.get_linestyle()
    own = FROM_ESTIMATOR[name](fitted, color="0.5", linestyle=":", label="own").line_
    assert (own.get_color(), own.get_linestyle(), own.get_label()) == ("0.5", ":", "own")


def test_filters_are_the_weights_in_reading_order(cae):
    display = FiltersDisplay.from_estimator(cae, image_shape=(3, 4), n_filters=4)
    drawn = np.asarray(display.image_.get_array().filled(np.nan))
    assert drawn.shape == (2 * 3 + 1, 2 * 4 + 1)
    for number, (row, column) in enumerate([(0, 0), (0, 5), (4, 0), (4, 5)]):
        np.testing.assert_array_equal(
            drawn[row : row + 3, column : column + 4].ravel(), cae.components_[number]
        )
    assert np.isnan(drawn[3]).all()
    low, high = display.image_.get_clim()
    assert low == -high


def test_filters_of_a_deep_encoder_are_its_first_layer():
    deep = ContractiveAutoencoder(
        3, hidden_layer_sizes=(7,), max_iter=1, n_iter_no_change=None
    ).fit(X)
    np.testing.assert_array_equal(
        FiltersDisplay.from_estimator(deep, **IMAGE).filters, deep.coefs_[0].T.reshape(7, 3, 4)
    )


def test_images_are_square_unless_told():
    square = ContractiveAutoencoder(2, max_iter=1, n_iter_no_change=None).fit(X[:, :9])
    assert FiltersDisplay.from_estimator(square).filters.shape == (2, 3, 3)
    oblong = ContractiveAutoencoder(2, max_iter=1, n_iter_no_change=None).fit(X)
    for call in (
        FiltersDisplay.from_estimator,
        lambda cae, **kw: TangentsDisplay.from_estimator(cae, X[:1], 1, **kw),
    ):
        with pytest.raises(
            ValueError,
            match=r"12 features do not make a square image; give image_shape=\(height, width\)",
        ):
            call(oblong)
        with pytest.raises(
            ValueError, match=r"image_shape=\(5, 2\) must be .* integers with a product of 12"
        ):
            call(oblong, image_shape=(5, 2))


@pytest.mark.parametrize(
    "shape", [12, (12,), (2, 2, 3), (3.0, 4.0), (-3, -4), (0, 12), "34", [[3], [4]], (np.nan, 4)]
)
def test_shapes_that_are_none(shape):
    with pytest.raises(
        ValueError, match=r"image_shape=.* must be \(height, width\), integers with a product of 12"
    ):
        FiltersDisplay.from_estimator(
            ContractiveAutoencoder(2, max_iter=1, n_iter_no_change=None).fit(X), image_shape=shape
        )


@pytest.mark.parametrize("rows", [X[:2], sparse.csr_matrix(X[:2])], ids=["dense", "sparse"])
def test_tangents_move_the_image(rows, cae):
    display = TangentsDisplay.from_estimator(cae, rows, 3, distance=0.5, image_shape=(3, 4))
    drawn, V = np.asarray(display.image_.get_array().filled(np.nan)), tangents(cae, X[:2], 3)
    assert drawn.shape == (6 * 4 - 1, 5 * 5 - 1)
    for line, (image, tangent) in enumerate([(i, t) for i in range(2) for t in range(3)]):
        for column, step in enumerate([-0.5, -0.25, 0, 0.25, 0.5]):
            tile = drawn[4 * line : 4 * line + 3, 5 * column : 5 * column + 4]
            np.testing.assert_allclose(
                tile.ravel(), X[image] + step * V[image, tangent], atol=1e-12
            )
    assert [text.get_text() for text in display.ax_.get_yticklabels()][3] == "1, 0"
    assert [text.get_text() for text in display.ax_.get_xticklabels()] == [
        "-0.5",
        "-0.25",
        "0",
        "0.25",
        "0.5",
    ]


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_walks_begin_at_the_images(cae, convert):
    display = WalksDisplay.from_estimator(cae, convert(X[:2]), 6, 0.1, 0, thin=2, **IMAGE)
    visited = np.concatenate([X[:2, None], walk(cae, X[:2], 6, 0.1, 0, thin=2)], axis=1)
    shown = np.asarray(display.image_.get_array().filled(np.nan))
    for row, column in np.ndindex(2, 4):
        tile = shown[4 * row : 4 * row + 3, 5 * column : 5 * column + 4]
        np.testing.assert_array_equal(tile.ravel(), visited[row, column])
    assert [text.get_text() for text in display.ax_.get_xticklabels()] == ["0", "2", "4", "6"]
    assert display.image_.get_clim() == (X[:2].min(), X[:2].max())


def test_spectrum_is_the_mean_over_rows(cae):
    display = SpectrumDisplay.from_estimator(cae, X, 3)
    values = singular_values(cae, X, 3)
    np.testing.assert_array_equal(display.line_.get_xdata(), [1, 2, 3])
    np.testing.assert_allclose(display.line_.get_ydata(), values.mean(0))
    assert display.ax_.get_yscale() == "log"


def test_contraction_curve_is_drawn_at_its_radii(cae):
    display = ContractionCurveDisplay.from_estimator(cae, X, [0, 1, 2], random_state=0)
    np.testing.assert_array_equal(display.line_.get_xdata(), [0, 1, 2])
    np.testing.assert_allclose(
        display.line_.get_ydata(), contraction_curve(cae, X, [0, 1, 2], random_state=0)
    )
    default = ContractionCurveDisplay.from_estimator(cae, sparse.csr_matrix(X), random_state=0)
    np.testing.assert_allclose(default.radii[[0, -1]], [0, 2 * np.linalg.norm(X, axis=1).mean()])


def drawn(display):
    return {line.get_label(): line.get_ydata() for line in display.lines_}


def test_training_shows_every_term_with_its_factor(fitted):
    display = TrainingDisplay.from_estimator(fitted)
    terms = drawn(display)
    np.testing.assert_array_equal(terms.pop("Objective"), fitted.loss_curve_)
    np.testing.assert_array_equal(terms["Reconstruction"], fitted.reconstruction_curve_)
    np.testing.assert_allclose(sum(terms.values()), fitted.loss_curve_)
    assert ("alpha * contraction" in terms) == hasattr(fitted, "contraction_curve_")
    np.testing.assert_array_equal(display.lines_[0].get_xdata(), [1, 2, 3])
    assert len({line.get_linestyle() for line in display.lines_}) == len(display.lines_)


@pytest.mark.parametrize("penalty", ["higher_order", HigherOrder(2.0, 0.3)])
def test_training_shows_the_curvature_with_its_factor(penalty):
    cae = ContractiveAutoencoder(3, alpha=0.5, penalty=penalty, max_iter=2, n_iter_no_change=None)
    terms = drawn(TrainingDisplay.from_estimator(cae.fit(X)))
    np.testing.assert_array_equal(terms["alpha * curvature"], 0.5 * np.array(cae.curvature_curve_))
    np.testing.assert_allclose(
        terms["Reconstruction"] + terms["alpha * contraction"] + terms["alpha * curvature"],
        cae.loss_curve_,
    )


def test_training_shows_any_fitted_curve():
    cae = ContractiveAutoencoder(3, max_iter=2, n_iter_no_change=None).fit(X)
    cae.higher_order_curve_ = [3.0, 2.0]
    assert list(drawn(TrainingDisplay.from_estimator(cae))["Higher order"]) == [3, 2]
    del cae.reconstruction_curve_
    assert "Reconstruction" not in drawn(TrainingDisplay.from_estimator(cae))


def test_training_shows_held_out_rows_and_no_term_that_is_zero():
    cae = ContractiveAutoencoder(
        3, alpha=0, early_stopping=True, max_iter=2, n_iter_no_change=None
    ).fit(X)
    lines = TrainingDisplay.from_estimator(cae).lines_
    assert [line.get_label() for line in lines] == [
        "Objective",
        "Reconstruction",
        "Objective, held out",
    ]
    np.testing.assert_array_equal(lines[2].get_ydata(), -np.array(cae.validation_scores_))


def test_alpha_path_sorts_and_averages_splits():
    display = AlphaPathDisplay.from_cv_results(RESULTS, curves={"Contraction": [3, 2, 1]})
    score, contraction = display.lines_
    np.testing.assert_array_equal(score.get_xdata(), [0, 0.1, 1])
    np.testing.assert_allclose(score.get_ydata(), [0.2, 0.8, 0.55])
    np.testing.assert_array_equal(contraction.get_ydata(), [3, 2, 1])
    assert [panel.get_ylabel() for panel in display.axes_] == ["Score", "Contraction"]
    assert display.ax_.get_xlabel() == "alpha"
    assert len(display.axes_[0].collections) == 1, "a band where there are splits"
    assert not display.axes_[1].collections


def test_alpha_zero_is_on_the_axis_left_of_the_others():
    display = AlphaPathDisplay.from_cv_results(RESULTS)
    display.figure_.canvas.draw()
    across = [
        display.ax_.transAxes.inverted().transform(display.ax_.transData.transform((x, 0)))[0]
        for x in (0, 0.1, 1)
    ]
    assert across[0] > 0.02
    np.testing.assert_allclose(across[1] - across[0], across[2] - across[1], rtol=0.15)
    assert AlphaPathDisplay([0.1, 1], {"a": [1, 2]}).plot().ax_.get_xscale() == "log"
    assert AlphaPathDisplay([0], {"a": [1]}).plot().ax_.get_xscale() == "linear"
    ticks = AlphaPathDisplay([0, 0.2, 30], {"a": [1, 2, 3]}).plot().ax_.get_xticks()
    assert ticks.tolist() == [0, 1, 10]


def test_alpha_path_takes_a_search_with_several_scores():
    class Search:
        cv_results_ = {
            "param_alpha": [0, 1],
            **{
                f"{kind}_test_{name}": [1.0, 2]
                for name in ("accuracy", "mean_error")
                for kind in ("mean", "split0", "split10")
            },
        }

    display = AlphaPathDisplay.from_cv_results(Search())
    assert list(display.curves) == ["Accuracy", "Mean error"]
    assert display.curves["Accuracy"].shape == (2, 2)


def test_alpha_path_takes_the_best_candidate_of_each_alpha():
    results = {
        "param_alpha": [0, 0, 1, 1],
        "param_n": [8, 16, 8, 16],
        "mean_test_score": [1.0, 2, 4, 3],
        "split0_test_score": [1.0, 2, 4, 3],
    }
    np.testing.assert_array_equal(
        AlphaPathDisplay.from_cv_results(results).lines_[0].get_ydata(), [2, 4]
    )


@short_fits
def test_alpha_path_takes_the_scores_of_the_estimator_that_chooses_alpha():
    alphas = [0, 0.1, 1]
    chosen = ContractiveAutoencoderCV(3, alphas=alphas, cv=2, max_iter=1, random_state=0).fit(X)
    (line,) = AlphaPathDisplay.from_cv_results(chosen).lines_
    np.testing.assert_array_equal(line.get_xdata(), alphas)
    np.testing.assert_allclose(line.get_ydata(), chosen.cv_results_["mean_test_score"])


def test_alpha_path_names_the_parameter_where_several_could_be_meant():
    both = {**RESULTS, "param_ridge__alpha": [1, 2, 3]}
    with pytest.raises(
        ValueError,
        match=r"a parameter called alpha once, but it varied \['cae__alpha', 'ridge__alpha'\]; give",
    ):
        AlphaPathDisplay.from_cv_results(both)
    with pytest.raises(
        ValueError, match=r"param_name='lambda' once, but it varied \['cae__alpha'\]"
    ):
        AlphaPathDisplay.from_cv_results(RESULTS, param_name="lambda")
    assert AlphaPathDisplay.from_cv_results(both, param_name="ridge__alpha").alphas[0] == 1


def test_alpha_path_draws_on_one_axes_per_curve():
    display = AlphaPathDisplay([0, 1], {"a": [1, 2], "b": [1, 2]})
    _, axes = plt.subplots(2)
    assert list(display.plot(axes).axes_) == list(axes)
    assert display.ax_ is axes[1]
    with pytest.raises(
        ValueError, match="ax has 1 axes for 2 curves; give one axes per curve, or ax=None"
    ):
        display.plot(axes[0])


@pytest.mark.parametrize("values", [[1, 2, 3], 1.0, np.ones((2, 1, 1))])
def test_alpha_path_curves_have_a_value_per_alpha(values):
    with pytest.raises(
        ValueError, match=r"curve 'a' has shape .*; its first axis must be the 2 values of alphas"
    ):
        AlphaPathDisplay([0, 1], {"a": values}).plot()


SIZES = {
    "param_cae__n_components": np.ma.array([16, 2, 4]),
    **{key: value for key, value in RESULTS.items() if not key.startswith("param_")},
}


def test_components_are_drawn_in_order_with_their_sizes_as_ticks():
    display = ComponentsDisplay.from_cv_results(SIZES, curves={"Error": [3, 2, 1]})
    score, error = display.lines_
    np.testing.assert_array_equal(score.get_xdata(), [2, 4, 16])
    np.testing.assert_allclose(score.get_ydata(), [0.2, 0.8, 0.55])
    np.testing.assert_array_equal(error.get_ydata(), [3, 2, 1])
    display.figure_.canvas.draw()
    assert display.ax_.get_xscale() == "log"
    assert display.ax_.get_xlabel() == "n_components"
    assert [tick.get_text() for tick in display.ax_.get_xticklabels()] == ["2", "4", "16"]
    assert not display.ax_.get_xticks(minor=True).size
    assert display.n_components.tolist() == [2, 4, 16]


def test_many_sizes_have_fewer_ticks():
    sizes = np.arange(1, 41)
    display = ComponentsDisplay(sizes, {"a": sizes}).plot()
    assert len(display.ax_.get_xticks()) < 40


def test_sizes_of_a_joint_search():
    search = JointGridSearchCV(
        ContractiveAutoencoder(max_iter=3, n_iter_no_change=None, random_state=0),
        {"n_components": [4, 1], "alpha": [0, 1]},
        cv=2,
    ).fit(X)
    (line,) = ComponentsDisplay.from_cv_results(search).lines_
    mean = search.cv_results_["mean_test_score"].reshape(2, 2).max(0)[::-1]
    np.testing.assert_array_equal(line.get_xdata(), [1, 4])
    np.testing.assert_allclose(line.get_ydata(), mean)


def test_components_that_were_not_searched_are_refused():
    with pytest.raises(ValueError, match=r"must have a parameter called n_components once, .*give"):
        ComponentsDisplay.from_cv_results(RESULTS)
    with pytest.raises(ValueError, match=r"must be the 2 values of n_components"):
        ComponentsDisplay([1, 2], {"a": [1]}).plot()


@pytest.mark.parametrize("Display", [AlphaPathDisplay, ComponentsDisplay])
def test_a_search_that_is_not_fitted_says_so(Display):
    search = JointGridSearchCV(ContractiveAutoencoder(), {"n_components": [4], "alpha": [0]})
    with pytest.raises(NotFittedError, match="This JointGridSearchCV instance is not fitted yet"):
        Display.from_cv_results(search)
