"""Converters of the prediction service: one house in as named numbers, its price out."""

FEATURES = ["CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT"]


def reader_infer(data_args):
    """One sample with one input of 13 numbers. `float` also takes numbers sent as text."""
    return [[[float(data_args[name]) for name in FEATURES]]], None


def output(results, data_args):
    return [{"predict": result.tolist()} for result in results]
