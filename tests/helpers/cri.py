#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Asks an engine for pods and containers as a kubelet does: CRI, which is gRPC, which curl can carry.

usage: cri.py SOCKET run-pod NAME HANDLER CGROUP_PARENT
       cri.py SOCKET create POD NAME CGROUP_PARENT IMAGE COMMAND...
       cri.py SOCKET start|stop|remove CONTAINER
       cri.py SOCKET exec CONTAINER COMMAND...
       cri.py SOCKET stop-pod|remove-pod POD
Shows the id of what was made; exec shows the program's output and ends with its status.
"""

import struct
import subprocess
import sys

NODE = 2  # of NamespaceMode: the pod's network is the node's


def varint(number):
    encoded = b''
    while number > 127:
        encoded += bytes([number & 127 | 128])
        number >>= 7
    return encoded + bytes([number])


def message(*fields):
    """Of (number, value): a string, a number, a message, or a list of strings."""
    encoded = b''
    for number, value in fields:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, int):
                encoded += varint(number << 3) + varint(one)
            else:
                data = one.encode() if isinstance(one, str) else one
                encoded += varint(number << 3 | 2) + varint(len(data)) + data
    return encoded


def read_varint(data, at):
    number = shift = 0
    while True:
        number |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return number, at


def fields_of(data):
    fields, at = {}, 0
    while at < len(data):
        key, at = read_varint(data, at)
        value, at = read_varint(data, at)
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        fields[key >> 3] = value
    return fields


def call(socket, method, request):
    """The fields of the answer. An error is in the headers, or in the trailers."""
    frame = struct.pack('>BI', 0, len(request)) + request
    done = subprocess.run(
        ['curl', '--silent', '--show-error', '--max-time', '30', '--http2-prior-knowledge', '--unix-socket', socket,
         '--header', 'content-type: application/grpc', '--header', 'te: trailers', '--dump-header', '/dev/stderr',
         '--data-binary', '@-', f'http://localhost/runtime.v1.RuntimeService/{method}'],
        input=frame, capture_output=True, check=False)
    if b'grpc-status: 0' not in done.stderr:
        sys.exit(done.stderr.decode())
    return fields_of(done.stdout[5:])


def pod_config(name, cgroup_parent):
    namespaces = message((1, NODE))
    linux = message((1, cgroup_parent), (2, message((1, namespaces))))
    return message((1, message((1, name), (2, name), (3, 'tests'))), (8, linux))


def main():
    socket, verb, *rest = sys.argv[1:]
    if verb == 'run-pod':
        name, handler, parent = rest
        answer = call(socket, 'RunPodSandbox', message((1, pod_config(name, parent)), (2, handler)))
        print(answer[1].decode())
    elif verb == 'create':
        pod, name, parent, image, *command = rest
        container = message((1, message((1, name))), (2, message((1, image))), (3, command))
        answer = call(socket, 'CreateContainer', message((1, pod), (2, container), (3, pod_config(name, parent))))
        print(answer[1].decode())
    elif verb == 'exec':
        answer = call(socket, 'ExecSync', message((1, rest[0]), (2, rest[1:]), (3, 10)))
        sys.stdout.write(answer.get(1, b'').decode() + answer.get(2, b'').decode())
        sys.exit(answer.get(3, 0))
    else:
        methods = {'start': 'StartContainer', 'stop': 'StopContainer', 'remove': 'RemoveContainer',
                   'stop-pod': 'StopPodSandbox', 'remove-pod': 'RemovePodSandbox'}
        call(socket, methods[verb], message((1, rest[0])))


main()
