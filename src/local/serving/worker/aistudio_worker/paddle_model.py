"""A Paddle inference model on one thread of the CPU."""

import json
import os
import sys

from .errors import WORKER_FAILED, CallError, last_line

try:
    import numpy as np
    from paddle import inference, set_flags
    from paddle.base import core
    from paddle.base.data_feeder import convert_dtype
except ImportError as error:
    raise CallError(WORKER_FAILED, f"{sys.executable} cannot import PaddlePaddle ({error}): install it there "
                                   "(pip install paddlepaddle), or set --python to an interpreter that has it.") from None

from .tensor_model import Input, TensorModel  # after Paddle, so that what misses it is told about that


def files_of(main_program):
    """What the configuration is made of: a graph file and its parameters, empty for a graph without any; or the folder
    of an old model that keeps each parameter in a file of its own, beside `__model__`."""
    folder, name = os.path.split(main_program)
    names = ["__params__", "params"] if name == "__model__" else [os.path.splitext(name)[0] + ".pdiparams"]
    found = [os.path.join(folder, other) for other in names if os.path.isfile(os.path.join(folder, other))]
    if name == "__model__" and not found:
        return [folder or "."]
    return [main_program, found[0] if found else ""]


def check_parts(main_program):
    """Paddle itself loads a folder whose parameters are not all there, and then fails at each call."""
    folder = os.path.dirname(main_program)
    with open(main_program, "rb") as file:
        program = core.ProgramDesc(file.read())
    names = [item.name() for item in program.block(0).all_vars()
             if item.persistable() and item.name() not in ("feed", "fetch")]
    missing = [name for name in names if not os.path.isfile(os.path.join(folder, name))]
    if missing:
        raise ValueError(f"the file of the parameter {missing[0]} is missing beside it ({len(missing)} of {len(names)} are)")


def inputs_of(main_program, names):
    """`(shape, dtype)` of the inputs by name, as far as the graph tells: before its first run the predictor knows no
    shape, and takes every input for float32."""
    try:
        return _inputs_in_json(main_program) if main_program.endswith(".json") else _inputs_in_protobuf(main_program, names)
    except Exception as error:  # then calls are not batched, and Paddle itself refuses what does not fit
        print(f"shapes and types of the inputs are not known: {last_line(error)}")
        return {}


def _inputs_in_protobuf(main_program, names):
    with open(main_program, "rb") as file:
        program = core.ProgramDesc(file.read())  # owns all that is taken from it
    block = program.block(0)
    variables = {name: block.find_var(name.encode()) for name in names}
    return {name: (list(variable.shape()), convert_dtype(variable.dtype())) for name, variable in variables.items()}


def _inputs_in_json(main_program):
    with open(main_program, encoding="utf-8") as file:
        operations = json.load(file)["program"]["regions"][0]["blocks"][0]["ops"]
    inputs = {}
    for operation in operations:
        if operation["#"].endswith(".data"):
            attributes = {item["N"]: item["AT"].get("D") for item in operation["A"]}
            inputs[attributes["name"]] = (attributes["shape"], attributes["dtype"])
    return inputs


def has_convolutions(main_program):
    """Whether oneDNN is worth it: it computes a batch of convolutions several times as fast as Paddle's own kernels do,
    but takes longer to begin with each operation than small dense layers take in all."""
    try:
        with open(main_program, "rb") as file:
            graph = file.read()
    except OSError:
        return False  # loading it tells why
    return b"conv2d" in graph or b"conv3d" in graph


def load(main_program, onednn=False):
    try:
        files = files_of(main_program)
        if len(files) == 1:
            check_parts(main_program)
        config = inference.Config(*files)
        config.disable_gpu()
        if onednn:
            config.enable_onednn()
            config.set_onednn_cache_capacity(1)  # else it keeps much memory for every batch size it has seen
        else:
            config.disable_onednn()
        config.disable_glog_info()
        # Half a megabyte of intermediate results is freed at a time; at once, each operation wakes a thread to do it.
        set_flags({"FLAGS_eager_delete_tensor_gb": 0.0005})
        config.set_cpu_math_library_num_threads(1)
        return inference.create_predictor(config)
    except Exception as error:
        if onednn:
            return load(main_program)
        raise CallError(WORKER_FAILED, f"The model {main_program} cannot be loaded: {last_line(error)}.") from None


class PaddleModel(TensorModel):
    def __init__(self, settings):
        self.main_program = settings["main_program"]
        self.onednn = has_convolutions(self.main_program)
        self._load()
        names = self.predictor.get_input_names()
        known = inputs_of(self.main_program, names)
        declared = {spec["name"]: (spec["shape"] or None, spec["dtype"]) for spec in settings["inputs"]}
        inputs = [Input(name, *(known.get(name) or declared.get(name) or (None, "float32"))) for name in names]
        super().__init__(settings, inputs, self.predictor.get_output_names())

    def _load(self):
        self.predictor = load(self.main_program, self.onednn)
        self.input_handles = [self.predictor.get_input_handle(name) for name in self.predictor.get_input_names()]
        self.output_handles = [self.predictor.get_output_handle(name) for name in self.predictor.get_output_names()]

    def _settle(self):
        """Of some graphs Paddle says only when it runs them that oneDNN cannot compute them."""
        if not self.onednn:
            return
        try:
            self._predict(self._zeros())
        except Exception as error:
            print(f"computed without oneDNN: {last_line(error)}")
            self.onednn = False
            self._load()

    def _predict(self, arrays):
        for handle, array in zip(self.input_handles, arrays):
            handle.copy_from_cpu(np.ascontiguousarray(array))
        self.predictor.run()
        return [handle.copy_to_cpu() for handle in self.output_handles]
