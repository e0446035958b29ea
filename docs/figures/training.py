"""Both terms of the objective over a fit."""

from _digits import PATH

from skcae.inspection import TrainingDisplay

TrainingDisplay.from_estimator(PATH[1])
