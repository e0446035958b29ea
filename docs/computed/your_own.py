import torch

from skcae.inspection import check_penalty

layer = torch.nn.Linear(20, 5)
encoder = torch.nn.Sequential(layer, torch.nn.Sigmoid())


def penalty(x):
    h = encoder(x)
    return ((h * (1 - h)) ** 2 @ (layer.weight.detach() ** 2).sum(1)).mean()


check = check_penalty(penalty, encoder, torch.rand(10, 20))
print(check.verdict)
