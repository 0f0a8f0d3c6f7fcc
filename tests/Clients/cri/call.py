"""One call of the CRI, as a kubelet makes it: call.py SOCKET MESSAGES METHOD FIELD [JSON]...

MESSAGES is the directory with what protoc made of api.proto. Of the request, later JSON is laid over earlier. Prints a field of the response, such as
status.reason or items[].id; the whole as JSON if FIELD is empty. For ExecSync it prints what the command printed, and ends with its status.
METHOD "merge" calls nobody: it prints the request.
"""
import json
import sys


def lay_over(below, above):
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return below | {key: lay_over(below.get(key), value) for key, value in above.items()}


def values(answer, path):
    found = [answer]
    for word in path.split("."):
        name = word.removesuffix("[]")
        found = [value[name] for value in found if name in value]
        if word.endswith("[]"):
            found = [each for value in found for each in value]
    return found


socket, messages, method, field = sys.argv[1:5]
request = {}
for text in sys.argv[5:]:
    request = lay_over(request, json.loads(text))
if method == "merge":
    sys.exit(print(json.dumps(request)))

sys.path.insert(0, messages)
import api_pb2
import grpc
from google.protobuf import json_format

message = json_format.ParseDict(request, getattr(api_pb2, method + "Request")())
answer_type = getattr(api_pb2, method + "Response")
with grpc.insecure_channel("unix://" + socket) as channel:
    call = channel.unary_unary(
        "/runtime.v1.RuntimeService/" + method,
        request_serializer=lambda request: request.SerializeToString(),
        response_deserializer=answer_type.FromString,
    )
    try:
        answer = call(message, timeout=40)
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")

if method == "ExecSync":
    sys.stdout.buffer.write(answer.stdout)
    sys.stderr.buffer.write(answer.stderr)
    sys.exit(answer.exit_code)
answer = json_format.MessageToDict(answer, preserving_proto_field_name=True, including_default_value_fields=True)
if field:
    print("\n".join(str(value) for value in values(answer, field)))
else:
    print(json.dumps(answer))
