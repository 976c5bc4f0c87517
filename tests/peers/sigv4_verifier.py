"""Servers that let botocore sign again what came, and compare: what tests of `aws_sigv4` talk to.

sigv4_verifier.py HTTP_PORT WEBSOCKET_PORT
"""
import asyncio
import http
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote

from botocore import auth as botocore_auth
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from websockets.asyncio.server import serve

KEYS = {
    "AKIDEXAMPLE": ("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None),
    "ASIACONTAINER": ("container/Secret+Key0123456789abcdefghij", "container-session-token+/=="),
    # What moto's metadata service gives.
    "test-key": ("test-secret-key", "test-session-token"),
    "ASIAPROCESS": ("process/Secret+Key0123456789abcdefghijkl", "process-session-token+/=="),
}
# What botocore would not sign itself counts where another signs it, as AWS has it.
botocore_auth.SIGNED_HEADERS_BLACKLIST = []
CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d+)/([^/]+)/([^/]+)/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]+)$")


def verify(method, target, headers, body):
    """Why a request is not well signed; None where it is."""
    found = CREDENTIAL.match(headers.get("authorization") or "")
    if not found:
        return "no signature"
    id, date, region, service, names, signature = found.groups()
    secret, session = KEYS[id]
    if headers.get("x-amz-security-token") != session:
        return "another session token"
    # Botocore signs what it has encoded itself: what came is decoded, as AWS does.
    path, _, query = target.partition("?")
    if service == "s3":
        path = quote(unquote(path), safe="/~")
    request = AWSRequest(method, f"http://{headers['host']}{path}", data=body, params=parse_qsl(query, keep_blank_values=True))
    for name in names.split(";"):
        if name not in ("x-amz-date", "x-amz-security-token"):
            for value in headers.get_all(name):
                request.headers.add_header(name, value)
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    auth = kind(Credentials(id, secret, session), service, region)
    if headers.get("x-amz-content-sha256") == "UNSIGNED-PAYLOAD":
        auth.payload = lambda _: "UNSIGNED-PAYLOAD"
    request.context["timestamp"] = headers["x-amz-date"]
    auth._modify_request_before_signing(request)
    canonical = auth.canonical_request(request)
    signed = {"host", "x-amz-date", *(["x-amz-security-token"] if session else []), *(["x-amz-content-sha256"] if service == "s3" else [])}
    if not signed <= set(names.split(";")) or not headers["x-amz-date"].startswith(date):
        return f"signed is only {names}"
    if auth.signature(auth.string_to_sign(request, canonical), request) != signature:
        return "botocore's canonical request is\n" + canonical
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def read_body(self):
        if "chunked" in self.headers.get("transfer-encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def answer(self):
        body = self.read_body()
        status, answer = self.container() if self.path.startswith("/container/") else self.judge(body)
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def judge(self, body):
        wrong = verify(self.command, self.path, self.headers, body)
        if wrong:
            return 403, {"message": wrong}
        signed = CREDENTIAL.match(self.headers["authorization"])
        return 200, {"signed_by": signed[1], "scope": f"{signed[3]}/{signed[4]}", "bytes": len(body), "path": self.path}

    def container(self):
        """What the host of a container on ECS gives."""
        if self.headers.get("authorization") != "container-token-0123456789":
            return 401, {"code": "InvalidTokenException", "message": "not your container"}
        secret, session = KEYS["ASIACONTAINER"]
        expiration = "2038-01-19T03:14:07Z"
        return 200, {"AccessKeyId": "ASIACONTAINER", "SecretAccessKey": secret, "Token": session, "Expiration": expiration, "RoleArn": "arn"}

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = answer

    def log_message(self, *_):
        pass


def admit(connection, request):
    wrong = verify("GET", request.path, request.headers, b"")
    return connection.respond(http.HTTPStatus.FORBIDDEN, json.dumps({"message": wrong})) if wrong else None


async def talk(socket):
    async for message in socket:
        await socket.send(message)


async def main():
    threading.Thread(target=ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever, daemon=True).start()
    async with serve(talk, "127.0.0.1", int(sys.argv[2]), process_request=admit) as server:
        await server.serve_forever()


asyncio.run(main())
