"""An OAuth server for tests, made of Authlib: PKCE is enforced, codes are good once, refresh tokens rotate."""

import json
import logging
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant
from flask import Flask, request
from joserfc import jwt
from joserfc.jwk import OctKey
from werkzeug.serving import make_server

CLIENT_ID = "client-of-the-test"
CLIENT_SECRET = "client-secret-4f8a1c-of-the-test"
EMAIL = "person@example.org"


class Client:
    """The one registered client."""

    def __init__(self, redirect_uris: list[str]):
        self.redirect_uris = redirect_uris

    def get_client_id(self):
        return CLIENT_ID

    def get_default_redirect_uri(self):
        return self.redirect_uris[0]

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret):
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return True


@dataclass
class Code:
    code: str
    redirect_uri: str
    scope: str
    subject: str
    code_challenge: str | None
    code_challenge_method: str | None
    nonce: str | None = None

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


@dataclass
class Token:
    access_token: str
    refresh_token: str | None
    scope: str
    subject: str
    expires_at: float
    is_revoked: bool = False

    def check_client(self, client):
        return True

    def get_scope(self):
        return self.scope

    def get_expires_in(self):
        return int(self.expires_at - time.time())

    def is_expired(self):
        return self.expires_at <= time.time()


@dataclass
class DeviceCredential:
    device_code: str
    user_code: str
    scope: str
    expires_at: float
    interval: int
    polled_at: list[float] = field(default_factory=list)

    def get_client_id(self):
        return CLIENT_ID

    def get_scope(self):
        return self.scope

    def get_user_code(self):
        return self.user_code

    def is_expired(self):
        return self.expires_at <= time.time()


class OAuthServer:
    """
    Runs in a thread of this process; tests read and change its state directly.

    - lifetime: of access tokens, in seconds.
    - outage: answers of the token endpoint with this status, as long as it is set.
    """

    def __init__(self):
        self.lock = threading.RLock()
        self.client = Client([])
        self.subject = "subject-1"
        self.lifetime = 3600
        self.device_interval = 1
        self.outage: int | None = None
        self.delay = 0.0
        self.codes: dict[str, Code] = {}
        self.tokens: list[Token] = []
        self.devices: dict[str, DeviceCredential] = {}
        self.user_grants: dict[str, tuple[str, bool]] = {}
        self.slow_downs = 0
        # Kind and token of each request to take one back.
        self.revocations: list[tuple[str, str]] = []
        # Each call of the token endpoint: its grant type, and the error it was answered with.
        self.calls: list[tuple[str, str | None]] = []
        self.authorization_headers: list[str] = []
        self.app = Flask("oauth-server")
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._route()
        self.server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever, name="oauth-server", daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.server.shutdown()
        self.thread.join(5)

    # What tests use.

    def settings(self, provider: str, **extra) -> dict:
        """How a person describes this server to the router."""
        return {
            "provider": provider,
            "authorizeUrl": f"{self.url}/authorize",
            "tokenUrl": f"{self.url}/token",
            "deviceUrl": f"{self.url}/device",
            "scopes": ["openid", "models"],
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
        } | extra

    def is_live(self, access_token: str) -> bool:
        with self.lock:
            return any(
                token.access_token == access_token and not token.is_expired() and not token.is_revoked
                for token in self.tokens
            )

    def expire_all(self):
        """Access tokens end now; refresh tokens stay."""
        with self.lock:
            for token in self.tokens:
                token.expires_at = 0

    def revoke_all(self):
        with self.lock:
            for token in self.tokens:
                token.is_revoked = True

    def refreshes(self) -> int:
        with self.lock:
            return sum(1 for kind, error in self.calls if kind == "refresh_token" and error is None)

    def secrets(self) -> list[str]:
        """Everything that nobody may see."""
        with self.lock:
            tokens = [token.access_token for token in self.tokens]
            tokens += [token.refresh_token for token in self.tokens if token.refresh_token]
            return [CLIENT_SECRET, *tokens, *self.devices]

    def give(self, subject: str = "subject-1") -> Token:
        """Tokens as if a login had taken place elsewhere."""
        with self.lock:
            number = len(self.tokens)
            token = Token(
                f"at-given-{number}-{'x' * 24}", f"rt-given-{number}-{'y' * 24}", "openid models", subject,
                time.time() + self.lifetime,
            )
            self.tokens.append(token)
            return token

    # The server itself.

    def _save(self, token: dict, oauth_request):
        with self.lock:
            self.tokens.append(
                Token(
                    token["access_token"], token.get("refresh_token"), token.get("scope", ""), oauth_request.user,
                    time.time() + token["expires_in"],
                )
            )

    def _generate(self, grant_type, client, user=None, scope=None, expires_in=None, include_refresh_token=True):
        import secrets

        token = {
            "token_type": "Bearer",
            "access_token": "at-" + secrets.token_urlsafe(32),
            "expires_in": self.lifetime,
            "scope": scope,
            "refresh_token": "rt-" + secrets.token_urlsafe(32),
        }
        if grant_type != "refresh_token":
            claims = {"iss": self.url, "sub": user, "email": EMAIL, "aud": CLIENT_ID}
            key = OctKey.import_key("a key of the server that nobody else needs")
            token["id_token"] = jwt.encode({"alg": "HS256"}, claims, key)
        return token

    def _route(self):
        outer = self
        authorization = AuthorizationServer(
            self.app,
            query_client=lambda client_id: outer.client if client_id == CLIENT_ID else None,
            save_token=outer._save,
        )
        authorization.register_token_generator("default", outer._generate)

        class CodeGrant(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

            def save_authorization_code(self, code, oauth_request):
                payload = oauth_request.payload
                with outer.lock:
                    outer.codes[code] = Code(
                        code, payload.redirect_uri, payload.scope, oauth_request.user,
                        payload.data.get("code_challenge"), payload.data.get("code_challenge_method"),
                    )

            def query_authorization_code(self, code, client):
                with outer.lock:
                    return outer.codes.get(code)

            def delete_authorization_code(self, authorization_code):
                with outer.lock:
                    outer.codes.pop(authorization_code.code, None)

            def authenticate_user(self, authorization_code):
                return authorization_code.subject

        class Rotation(grants.RefreshTokenGrant):
            INCLUDE_NEW_REFRESH_TOKEN = True
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

            def authenticate_refresh_token(self, refresh_token):
                with outer.lock:
                    for token in outer.tokens:
                        if token.refresh_token == refresh_token and not token.is_revoked:
                            return token
                return None

            def authenticate_user(self, refresh_token):
                return refresh_token.subject

            def revoke_old_credential(self, refresh_token):
                refresh_token.is_revoked = True

        class Device(DeviceCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

            def query_device_credential(self, device_code):
                return outer.devices.get(device_code)

            def query_user_grant(self, user_code):
                return outer.user_grants.get(user_code)

            def should_slow_down(self, credential):
                with outer.lock:
                    credential.polled_at.append(time.monotonic())
                    if outer.slow_downs > 0:
                        outer.slow_downs -= 1
                        credential.interval += 5
                        return True
                    return False

        class DeviceEndpoint(DeviceAuthorizationEndpoint):
            EXPIRES_IN = 300

            @property
            def INTERVAL(self):
                return outer.device_interval

            def get_verification_uri(self):
                return f"{outer.url}/activate"

            def save_device_credential(self, client_id, scope, data):
                with outer.lock:
                    outer.devices[data["device_code"]] = DeviceCredential(
                        data["device_code"], data["user_code"], scope, time.time() + data["expires_in"],
                        data["interval"],
                    )

        class Revocation(RevocationEndpoint):
            CLIENT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

            def query_token(self, token_string, token_type_hint):
                with outer.lock:
                    outer.revocations.append((token_type_hint, token_string))
                    held = {"refresh_token": "refresh_token", "access_token": "access_token"}.get(token_type_hint)
                    return next((one for one in outer.tokens if held and getattr(one, held) == token_string), None)

            def revoke_token(self, token, request):
                token.is_revoked = True

        authorization.register_grant(CodeGrant, [CodeChallenge(required=True)])
        authorization.register_grant(Rotation)
        authorization.register_grant(Device)
        authorization.register_endpoint(DeviceEndpoint)
        authorization.register_endpoint(Revocation)

        @self.app.get("/authorize")
        def authorize():
            grant = authorization.get_consent_grant(end_user=outer.subject)
            return authorization.create_authorization_response(grant_user=outer.subject, grant=grant)

        @self.app.post("/token")
        def token():
            kind = request.form.get("grant_type", "")
            with outer.lock:
                outer.authorization_headers.append(request.headers.get("authorization", ""))
            if outer.outage:
                outer.calls.append((kind, "outage"))
                return "out of order", outer.outage
            time.sleep(outer.delay)
            # One at a time: of two with the same code or refresh token one is served.
            with outer.lock:
                answer = authorization.create_token_response()
                outer.calls.append((kind, json.loads(answer.get_data()).get("error")))
            return answer

        @self.app.post("/revoke")
        def revoke():
            if outer.outage:
                return "out of order", outer.outage
            return authorization.create_endpoint_response(Revocation.ENDPOINT_NAME)

        @self.app.post("/device")
        def device():
            return authorization.create_endpoint_response(DeviceEndpoint.ENDPOINT_NAME)


def query_of(url: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
