"""Places a configuration is synchronised through: a real WebDAV server and a real S3 server, each in a thread of the tests."""

import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cheroot import wsgi
from daemon import free_port
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

USER = "person"
PASSWORD = "password-of-the-folder-91c2"


@dataclass
class Call:
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)


class WebDAVServer:
    """
    WsgiDAV on a folder.

    - calls: what was asked, without bodies.
    - before: called with the method and path of each call, before it is answered.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.calls: list[Call] = []
        self.before = lambda method, path: None
        folder.mkdir(parents=True, exist_ok=True)
        application = WsgiDAVApp(
            {
                "provider_mapping": {"/": FilesystemProvider(str(folder), readonly=False)},
                "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
                "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
                "verbose": 0,
                "logging": {"enable": False},
                "lock_storage": True,
            }
        )
        logging.getLogger("wsgidav").setLevel(logging.CRITICAL)

        def watched(environ, start_response):
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            self.calls.append(
                Call(method, path, {name[5:].lower(): value for name, value in environ.items() if name[:5] == "HTTP_"})
            )
            self.before(method, path)
            return application(environ, start_response)

        self.port = free_port()
        self.server = wsgi.Server(("127.0.0.1", self.port), watched, numthreads=4)
        self.server.prepare()
        self.thread = threading.Thread(target=self.server.serve, daemon=True)
        self.thread.start()

    @property
    def endpoint(self) -> dict:
        url = f"http://127.0.0.1:{self.port}/omni/folder"
        return {"type": "webdav", "url": url, "username": USER, "password": PASSWORD}

    @property
    def bundle(self) -> Path:
        return self.folder / "omni" / "folder" / "omniroute.sync"

    def stop(self):
        self.server.stop()
        self.thread.join(5)


class S3Server:
    """
    Moto's S3. It takes any signature, so each call is signed once more by botocore, and must carry the same one.

    - wrong: calls whose signature was another one.
    """

    ACCESS, SECRET, BUCKET = "AKIDOFTHETEST", "secret/key+of-the-test", "bucket-of-the-test"

    def __init__(self):
        self.calls: list[Call] = []
        self.wrong: list[str] = []
        application = DomainDispatcherApplication(create_backend_app)

        def checked(environ, start_response):
            headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
            call = Call(environ["REQUEST_METHOD"], environ["PATH_INFO"], headers)
            self.calls.append(call)
            if headers.get("user-agent", "").startswith("omniroute") and not self._is_signed(call):
                self.wrong.append(f"{call.method} {call.path}")
                start_response("403 Forbidden", [("content-length", "0")])
                return [b""]
            return application(environ, start_response)

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server = make_server("127.0.0.1", 0, checked, threaded=True)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=self.ACCESS,
            aws_secret_access_key=self.SECRET,
            region_name="eu-central-1",
        )
        self.client.create_bucket(
            Bucket=self.BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )

    def _is_signed(self, call: Call) -> bool:
        request = AWSRequest(method=call.method, url=f"http://{call.headers['host']}{call.path}")
        for name in ("x-amz-date", "x-amz-content-sha256"):
            request.headers[name] = call.headers[name]
        request.context["timestamp"] = call.headers["x-amz-date"]
        signer = S3SigV4Auth(Credentials(self.ACCESS, self.SECRET), "s3", "eu-central-1")
        canonical = signer.canonical_request(request)
        given = call.headers["authorization"].rsplit("Signature=", 1)[1]
        return given == signer.signature(signer.string_to_sign(request, canonical), request)

    @property
    def endpoint(self) -> dict:
        return {
            "type": "s3",
            "url": f"http://127.0.0.1:{self.port}",
            "bucket": self.BUCKET,
            "region": "eu-central-1",
            "name": "of/the/person/omniroute.sync",
            "accessKeyId": self.ACCESS,
            "secretAccessKey": self.SECRET,
        }

    @property
    def contents(self) -> bytes:
        return self.client.get_object(Bucket=self.BUCKET, Key="of/the/person/omniroute.sync")["Body"].read()

    def stop(self):
        self.server.shutdown()
        self.thread.join(5)
