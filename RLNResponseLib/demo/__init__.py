"""Something to try the software on: real lesions that pyradiomics ships, a phantom CT, simulated readers."""
