"""Lambda's Runtime API, as the functions in Python of the tests speak it."""

import http.client
import json
import os


class RuntimeAPI:
    def __init__(self):
        self.host, _, base = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")
        self._connection = http.client.HTTPConnection(self.host)
        self._base = (f"/{base}" if base else "") + "/2018-06-01/runtime"

    def next(self):
        """Waits for an event: its request id, and what it says."""
        response, body = self._call("GET", "/invocation/next")
        return response.getheader("Lambda-Runtime-Aws-Request-Id"), json.loads(body)

    def respond(self, request_id, body):
        self._call("POST", f"/invocation/{request_id}/response", body)

    def fail(self, request_id, body):
        self._call("POST", f"/invocation/{request_id}/error", body)

    def fail_init(self, error_type, body):
        self._call("POST", "/init/error", body, {"Lambda-Runtime-Function-Error-Type": error_type})

    def register_extension(self, name, asks=True):
        """An internal extension that hears of nothing, and so gets SIGTERM. The init lasts until it asks for events."""
        agent = http.client.HTTPConnection(self.host)
        agent.request("POST", "/2020-01-01/extension/register", b'{"events":[]}', {"Lambda-Extension-Name": name})
        response = agent.getresponse()
        response.read()
        identifier = response.getheader("Lambda-Extension-Identifier")
        if asks:
            agent.request("GET", "/2020-01-01/extension/event/next", headers={"Lambda-Extension-Identifier": identifier})

    def _call(self, method, path, body=None, headers={}):
        self._connection.request(method, self._base + path, body, {"User-Agent": "scripted/1", **headers})
        response = self._connection.getresponse()
        return response, response.read()
