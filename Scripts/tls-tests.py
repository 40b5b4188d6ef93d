#!/usr/bin/env python3
"""Runs a function that calls DynamoDB over TLS under the emulator, in an empty root, against a local server."""

import http.server
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
import scenarios  # noqa: E402
from emulator import ROOT, Emulator  # noqa: E402

ARCHIVE = sys.argv[1] if len(sys.argv) > 1 else f"{ROOT}/build/ItemReader.zip"
ITEM = {"id": {"S": "o-1"}, "total": {"N": "12.5"}}
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
}


class FakeDynamoDB:
    """Answers GetItem over TLS, with a self-signed certificate for 127.0.0.1."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="tls-")
        self.certificate = os.path.join(self._folder.name, "certificate.pem")
        key = os.path.join(self._folder.name, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tests",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.certificate],
                       check=True, capture_output=True)
        self.requests = requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are two writes here, and would be 40 ms apart.
            disable_nagle_algorithm = True

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                requests.append((dict(self.headers.items()), body, self.client_address))
                reply = json.dumps({"Item": ITEM}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.endpoint = f"https://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()


def item_reader():
    """ItemReader, in an empty root"""
    with FakeDynamoDB() as server:
        environment = {**CREDENTIALS, "AWS_ENDPOINT_URL_DYNAMODB": server.endpoint}
        with open(server.certificate) as file:
            certificate = file.read()

        def start(**more):
            return Emulator(ARCHIVE, "ItemReader", environment={**environment, **more})

        with start(AWS_CA_BUNDLE="/ca.pem") as emulator:
            with open(os.path.join(emulator.root, "ca.pem"), "w") as file:
                file.write(certificate)
            answers = [emulator.invoke(b"o-1").body for _ in range(3)]
            yield "an item is read over TLS, the certificate trusted by AWS_CA_BUNDLE", (
                all(json.loads(answer) == ITEM for answer in answers)), (answers, emulator.log[-600:])
            headers = server.requests[0][0]
            signed = re.search(r"SignedHeaders=([^,]*)", headers.get("Authorization", ""))
            yield "the request is signed, its session token too", (
                signed and "x-amz-security-token" in signed[1].split(";")), headers
            yield "one connection served three invocations", (
                len({address for _, _, address in server.requests}) == 1), server.requests
            init = re.search(r"INIT REPORT\(durationMs: ([\d.]+)\)", emulator.log)
            durations = re.findall(r"Duration: ([\d.]+) ms", emulator.log)
            print(f"  (init took {init[1] if init else '?'} ms; invocations {', '.join(durations)} ms)")

        with start() as emulator:
            known = os.path.join(emulator.root, "etc", "pki", "tls", "certs")
            os.makedirs(known)
            with open(os.path.join(known, "ca-bundle.crt"), "w") as file:
                file.write(certificate)
            answer = emulator.invoke(b"o-1")
            yield "the authorities of Amazon Linux are found where it keeps them", (
                json.loads(answer.body) == ITEM), answer.body

        with start() as emulator:
            answer = json.loads(emulator.invoke(b"o-1").body)
            yield "without any authority the call fails, and says why", (
                "certificate" in str(answer.get("errorMessage", "")).lower()), answer


if __name__ == "__main__":
    scenarios.run(item_reader)
