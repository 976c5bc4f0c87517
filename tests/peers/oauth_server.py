"""An OAuth 2 server on Authlib, and a resource that wants its tokens: what tests of `oauth2` talk to."""
import secrets
import sys
import time
from pathlib import Path

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants, list_to_scope, scope_to_list
from authlib.oauth2.rfc6750 import BearerTokenGenerator, BearerTokenValidator
from authlib.oauth2.rfc7523 import JWTBearerGrant
from flask import Flask, jsonify, request
from joserfc import jwk

app = Flask(__name__)
TOKENS, LOG = [], []
USERS = {"ada": "lovelace, née Byron"}
KEYS = Path("tests/data/jwt")


class Client(ClientMixin):
    def __init__(self, id, secret, methods, key=None, life=3600):
        self.id, self.secret, self.methods, self.key, self.life = id, secret, methods, key, life

    def get_client_id(self):
        return self.id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return list_to_scope([word for word in scope_to_list(scope or "") if word in ("orders:read", "orders:write")])

    def check_redirect_uri(self, uri):
        return False

    def check_client_secret(self, secret):
        return self.secret == secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method in self.methods

    def check_response_type(self, kind):
        return False

    def check_grant_type(self, grant):
        return True


HEADER, BODY, PUBLIC = "client_secret_basic", "client_secret_post", "none"
CLIENTS = [
    Client("in header", "s:e/c r+t%ü", [HEADER]),
    Client("in-body", "body-secret&=", [BODY]),
    Client("public", "", [PUBLIC]),
    Client("brief", "brief-secret", [HEADER], life=2),
    Client("robot-rsa", "", [], jwk.import_key((KEYS / "rsa.pub.pem").read_text(), "RSA")),
    Client("robot-ec", "", [], jwk.import_key((KEYS / "ec.pub.pem").read_text(), "EC")),
    Client("robot-shared", "", [], jwk.OctKey.import_key("a shared key of at least 256 bits in length")),
]


class Token(TokenMixin):
    def __init__(self, client, user, fields):
        self.client, self.user, self.fields, self.revoked = client, user, fields, False
        self.until = time.time() + fields["expires_in"]

    def check_client(self, client):
        return self.client is client

    def get_scope(self):
        return self.fields.get("scope", "")

    def get_expires_in(self):
        return self.fields["expires_in"]

    def is_expired(self):
        return time.time() >= self.until

    def is_revoked(self):
        return self.revoked

    def get_user(self):
        return self.user

    def get_client(self):
        return self.client


class Password(grants.ResourceOwnerPasswordCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = [HEADER, BODY, PUBLIC]

    def authenticate_user(self, username, password):
        return username if USERS.get(username) == password else None


class Refresh(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = [HEADER, BODY, PUBLIC]
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        found = [token for token in TOKENS if token.fields.get("refresh_token") == refresh_token]
        return found[0] if found and not getattr(found[0], "spent", False) else None

    def authenticate_user(self, credential):
        return credential.get_user()

    def revoke_old_credential(self, credential):
        credential.spent = credential.revoked = True


class Credentials(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = [HEADER, BODY]


class Statement(JWTBearerGrant):
    def resolve_issuer_client(self, issuer):
        return find(issuer)

    def resolve_client_public_key(self, client):
        return client.key

    def authenticate_user(self, subject):
        return subject if subject in USERS else None

    def has_granted_permission(self, client, user):
        return True

    def get_audiences(self):
        return [request.url]


class Validator(BearerTokenValidator):
    def authenticate_token(self, text):
        return next((token for token in TOKENS if token.fields["access_token"] == text), None)


def find(id):
    return next((client for client in CLIENTS if client.id == id), None)


def save(fields, asked):
    user = getattr(asked, "user", None)
    TOKENS.append(Token(asked.client, user, dict(fields)))
    LOG.append(f"{asked.client.id}: {asked.payload.grant_type}")


def random(**_):
    return secrets.token_urlsafe(32)


server = AuthorizationServer(app, query_client=find, save_token=save)
life = lambda client, grant: client.life
server.register_token_generator("default", BearerTokenGenerator(random, random, life))
# Authlib gives none with client credentials, as RFC 6749 section 4.4.3 has it.
for grant in (Credentials, Password, Refresh, Statement):
    server.register_grant(grant)
require = ResourceProtector()
require.register_token_validator(Validator())


@app.post("/token")
def token():
    return server.create_token_response()


@app.get("/me")
@require()
def me():
    return jsonify(client=current_token.client.id, user=current_token.user, scope=current_token.get_scope())


@app.get("/orders")
@require("orders:read")
def orders():
    return jsonify([])


@app.post("/revoke")
def revoke():
    """Every token of a client is no good from now on."""
    for known in TOKENS:
        known.revoked |= known.client.id == request.args["client"]
    return "", 204


@app.post("/reset")
def reset():
    TOKENS.clear()
    LOG.clear()
    return "", 204


@app.get("/log")
def log():
    """Which tokens a client was given."""
    return jsonify([line for line in LOG if line.startswith(request.args["client"] + ": ")])


app.run("127.0.0.1", int(sys.argv[1]), threaded=True)
