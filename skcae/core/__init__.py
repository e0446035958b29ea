"""The torch core: tensors in, tensors out.

Every function works on the trailing axes and leaves the leading ones free, so that
parameters of K models, stacked as (K, ...), go through the same code as those of one.
Nothing here knows numpy, scikit-learn, files or the screen.
"""
