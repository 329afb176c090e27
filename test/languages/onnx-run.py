"""Runs ONNX models: a line of JSON in for each, a line out. Each model is checked, and its text is read as well."""
import base64
import json
import sys

import numpy as np
import onnx
import onnx.parser
import onnxruntime

onnxruntime.set_default_logger_severity(4)
types = {"tensor(double)": np.float64, "tensor(float)": np.float32, "tensor(int64)": np.int64}


def answer(request):
    model = onnx.load_from_string(base64.b64decode(request["model"]))
    onnx.checker.check_model(model, full_check=True)
    text = onnx.parser.parse_model(request["code"])
    onnx.checker.check_model(text, full_check=True)
    if [n.op_type for n in text.graph.node] != [n.op_type for n in model.graph.node]:
        return {"error": "the text has other nodes"}
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    inputs = {}
    for given in session.get_inputs():
        shape, data = request["inputs"][given.name]
        inputs[given.name] = np.array([float(t) for t in data]).astype(types[given.type]).reshape(shape)
    outputs = session.run(None, inputs)
    return {
        "outputs": [
            {"shape": list(y.shape), "data": [repr(float(t)) for t in y.ravel()]} for y in outputs
        ],
        "type": str(outputs[0].dtype),
    }


for line in sys.stdin:
    try:
        found = answer(json.loads(line))
    except Exception as problem:
        found = {"error": f"{type(problem).__name__}: {problem}"[:500]}
    print(json.dumps(found), flush=True)
