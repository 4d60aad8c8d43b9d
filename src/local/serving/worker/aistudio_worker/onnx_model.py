"""An ONNX model, run by onnxruntime on one thread of the CPU."""

import sys

from .errors import WORKER_FAILED, CallError, last_line

try:
    import onnxruntime
except ImportError as error:
    raise CallError(WORKER_FAILED, f"{sys.executable} cannot import onnxruntime ({error}): install it there "
                                   "(pip install onnxruntime), or set --python to an interpreter that has it.") from None

from .tensor_model import Input, TensorModel  # after onnxruntime, so that what misses NumPy as well is told about that

DTYPES = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16", "tensor(bool)": "bool",
          "tensor(int8)": "int8", "tensor(int16)": "int16", "tensor(int32)": "int32", "tensor(int64)": "int64",
          "tensor(uint8)": "uint8", "tensor(uint16)": "uint16", "tensor(uint32)": "uint32", "tensor(uint64)": "uint64"}


def load(main_program):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(main_program, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise CallError(WORKER_FAILED, f"The model {main_program} cannot be loaded: {last_line(error)}.") from None


def input_of(argument):
    if argument.type not in DTYPES:
        raise CallError(WORKER_FAILED, f"The model's input `{argument.name}` is a {argument.type}; only tensors of "
                                       "numbers can be served.")
    shape = [size if isinstance(size, int) else -1 for size in argument.shape]  # names and None: any size
    return Input(argument.name, shape, DTYPES[argument.type])


class OnnxModel(TensorModel):
    def __init__(self, settings):
        self.session = load(settings["main_program"])
        super().__init__(settings, [input_of(argument) for argument in self.session.get_inputs()],
                         [output.name for output in self.session.get_outputs()])

    def _predict(self, arrays):
        return self.session.run(None, {item.name: array for item, array in zip(self.inputs, arrays)})
