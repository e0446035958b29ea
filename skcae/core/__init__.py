"""The torch core: tensors in, tensors out.

Every function works on the trailing axes and leaves the leading ones free. Parameters
of K models, stacked as (K, ...), therefore go through the same code as those of one.
The core imports neither numpy nor scikit-learn, and it does not print or open files.
"""
