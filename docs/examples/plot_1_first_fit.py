"""
First fit
=========

x
"""

import skcae

print(skcae.ContractiveAutoencoder())
