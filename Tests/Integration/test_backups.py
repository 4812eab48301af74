"""Backups over the management interface: made, listed, restored, sent away and taken in again."""

import gzip
import hashlib
import io
import json
import random
import re
import signal
import sqlite3
import stat
import subprocess
import tarfile
import threading
import time

import httpx
import pytest
from admin import Admin
from daemon import Daemon, binary
from mock_upstream import say

PATH = "/api/db-backups"
PASSPHRASE = "correct horse battery"
SECRET = "sk-secret-of-an-account-0123456789"


@pytest.fixture
def daemon(new_daemon):
    return new_daemon().start()


@pytest.fixture
def admin(daemon):
    admin = Admin(daemon.url, Daemon.PASSWORD)
    yield admin
    admin.close()


def fill(admin, mock):
    node = admin.node("kept", "openai", mock.url("openai"))
    admin.connection(node["id"], SECRET, "kept account")
    admin.alias("fast", "kept/m")
    return admin.key("laptop")["key"]


def ask(daemon, key: str, model: str = "fast") -> int:
    body = {"model": model, "messages": [{"role": "user", "content": "Hello!"}]}
    headers = {"authorization": f"Bearer {key}"}
    return httpx.post(f"{daemon.url}/v1/chat/completions", json=body, headers=headers, timeout=20, trust_env=False).status_code


def aliases(admin) -> dict:
    return admin.call("GET", "/api/models/alias")["aliases"]


def export(admin, path: str = "/export", body: dict | None = None, expect: int = 200, **query) -> httpx.Response:
    method = "GET" if body is None else "POST"
    answer = admin.http.request(method, PATH + path, params=query, json=body, timeout=30)
    assert answer.status_code == expect, answer.text
    return answer


def send(admin, contents: bytes, expect: int = 200, **fields) -> dict:
    answer = admin.http.post(f"{PATH}/import", files={"file": ("backup.sqlite", contents)}, data=fields, timeout=30)
    assert answer.status_code == expect, answer.text
    return answer.json()


def refused(answer: dict) -> str:
    assert set(answer["error"]) >= {"message", "code", "type"}
    return answer["error"]["code"]


def test_there_and_back(daemon, admin, mock):
    mock.always(say("yes"))
    key = fill(admin, mock)
    made = admin.call("PUT", PATH)
    assert made["created"] is True
    assert re.fullmatch(r"db_\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z_manual\.sqlite", made["id"])
    listed = admin.call("GET", PATH)["backups"]
    assert listed == [{name: made[name] for name in listed[0]}]
    # The daemon makes a key of its own at its first start.
    assert (listed[0]["connectionCount"], listed[0]["nodeCount"], listed[0]["apiKeyCount"]) == (1, 1, 2)
    file = daemon.data_dir / "db_backups" / made["id"]
    assert file.stat().st_size == made["size"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == made["sha256"]
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o600 for one in file.parent.iterdir())
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    admin.call("DELETE", "/api/models/alias?alias=fast")
    admin.alias("other", "kept/m")
    late = admin.key("late")["key"]
    assert (ask(daemon, key), ask(daemon, late, "other")) == (404, 200)

    report = admin.call("POST", PATH, {"backupId": made["id"]})
    assert report["restored"] is True
    assert report["backupId"] == made["id"]
    assert (report["connectionCount"], report["nodeCount"], report["comboCount"], report["apiKeyCount"]) == (1, 1, 0, 2)
    # In force at once, in the same process and the same session.
    assert ask(daemon, key) == 200
    assert ask(daemon, late, "kept/m") == 401
    assert aliases(admin) == {"fast": "kept/m"}

    # What was there before is not lost.
    admin.call("POST", PATH, {"backupId": report["safetyBackupId"]})
    assert aliases(admin) == {"other": "kept/m"}
    assert ask(daemon, late, "other") == 200
    reasons = [one["reason"] for one in admin.call("GET", PATH)["backups"]]
    assert reasons == ["pre-restore", "pre-restore", "manual"]

    assert admin.call("DELETE", f"{PATH}?id={made['id']}")["deleted"] == made["id"]
    assert not file.exists()
    admin.call("DELETE", f"{PATH}?id={made['id']}", expect=404)
    assert daemon.stop() == 0
    daemon.start()
    again = Admin(daemon.url, Daemon.PASSWORD)
    assert aliases(again) == {"other": "kept/m"}
    again.close()


def test_access_is_not_restored(daemon, admin):
    admin.call("PUT", "/api/settings/require-login", {"password": "the first password"})
    gone = admin.call("POST", "/api/tokens", {"name": "gone"}, expect=201)
    made = admin.call("PUT", PATH)["id"]
    admin.call("DELETE", f"/api/tokens/{gone['id']}")
    body = {"password": "the second password", "currentPassword": "the first password"}
    admin.call("PUT", "/api/settings/require-login", body)
    other = Admin(daemon.url, "the second password")
    other.call("POST", "/api/auth/logout", {})
    admin.call("POST", PATH, {"backupId": made})
    # Who is in stays in, who has left stays out, and only the present password opens the door.
    assert admin.call("GET", "/api/tokens")["tokens"] == []
    other.call("GET", PATH, expect=401)
    # What was done stays on record.
    assert len(admin.call("GET", "/api/compliance/audit-log?action=backups.restore")) == 1
    other.call("POST", "/api/auth/login", {"password": "the first password"}, expect=401)
    other.call("POST", "/api/auth/login", {"password": "the second password"})
    other.close()


def test_a_revoked_key_stays_revoked(daemon, admin, mock):
    mock.always(say("yes"))
    key = fill(admin, mock)
    made = admin.call("PUT", PATH)["id"]
    revoked = next(one for one in admin.call("GET", "/api/keys")["keys"] if one["name"] == "laptop")
    admin.call("DELETE", f"/api/keys/{revoked['id']}")
    admin.call("POST", PATH, {"backupId": made})
    assert ask(daemon, key) == 401


@pytest.mark.parametrize(
    "name",
    [
        "db_x/../../configuration.sqlite",
        "../configuration.sqlite",
        "/etc/passwd",
        "db_2026-02-25T10-00-00-000Z_manual.sqlite/../../configuration.sqlite",
        "..%2fconfiguration.sqlite",
        "db_2026-02-25T10-00-00-000Z_manual.sqlite\u0000",
        "'; DROP TABLE connection; --",
        "staging-0",
        "x" * 900,
    ],
)
def test_other_names_reach_no_file(daemon, admin, name):
    before = {path: path.stat().st_mtime_ns for path in daemon.data_dir.rglob("*") if "-wal" not in path.name}
    for answer in [
        admin.http.post(PATH, json={"backupId": name}),
        admin.http.delete(PATH, params={"id": name.replace("\u0000", "%00")}),
        admin.http.get(f"{PATH}/export", params={"id": name.replace("\u0000", "%00")}),
    ]:
        assert answer.status_code == 400, answer.text
        assert refused(answer.json()) == "invalid_field"
    assert before.keys() <= set(daemon.data_dir.rglob("*"))


def test_what_is_asked_of_a_backup_that_is_not_there(admin):
    absent = "db_2026-02-25T10-00-00-000Z_manual.sqlite"
    assert refused(admin.call("POST", PATH, {"backupId": absent}, expect=404)) == "backup_not_found"
    assert refused(admin.call("DELETE", f"{PATH}?id={absent}", expect=404)) == "backup_not_found"
    assert refused(export(admin, id=absent, expect=404).json()) == "backup_not_found"
    assert admin.call("POST", PATH, {}, expect=400)["error"]["field"] == "backupId"
    assert admin.call("DELETE", PATH, expect=400)["error"]["field"] == "id"


def test_a_link_is_no_backup(daemon, admin):
    name = "db_2026-02-25T10-00-00-000Z_manual.sqlite"
    (daemon.data_dir / "db_backups" / name).symlink_to(daemon.data_dir / "history.sqlite")
    assert admin.call("GET", PATH)["backups"] == []
    admin.call("POST", PATH, {"backupId": name}, expect=404)


def test_a_changed_backup_changes_nothing(daemon, admin, mock):
    fill(admin, mock)
    made = admin.call("PUT", PATH)["id"]
    admin.alias("later", "kept/m")
    file = daemon.data_dir / "db_backups" / made
    original = file.read_bytes()
    middle = len(original) // 2
    for damaged in [original[:middle], original[:4096] + b"\xff" * 4096 + original[8192:], b""]:
        file.write_bytes(damaged)
        assert refused(admin.call("POST", PATH, {"backupId": made}, expect=422)) == "backup_damaged"
        # SQLite itself finds it, too.
        assert send(admin, damaged, expect=422)["error"]["code"] in ("backup_damaged", "not_a_backup")
    # What SQLite takes for a name is found by the digest.
    file.write_bytes(original.replace(b"kept account", b"kEpt account"))
    assert refused(admin.call("POST", PATH, {"backupId": made}, expect=422)) == "backup_damaged"
    assert aliases(admin) == {"fast": "kept/m", "later": "kept/m"}
    assert [one["reason"] for one in admin.call("GET", PATH)["backups"]] == ["manual"]


def test_an_export_without_passphrase_opens_on_this_machine_only(daemon, admin, mock, new_daemon):
    mock.always(say("yes"))
    key = fill(admin, mock)
    admin.call("PUT", "/api/settings/require-login", {"password": "a long password"})
    answer = export(admin)
    assert answer.headers["content-disposition"].startswith('attachment; filename="omniroute-backup-')
    assert answer.headers["cache-control"] == "no-store"
    contents = answer.content
    assert contents.startswith(b"SQLite format 3\0")
    assert int(answer.headers["content-length"]) == len(contents)
    for hidden in (SECRET.encode(), key.encode(), b"scrypt$", b"passwordHash"):
        assert hidden not in contents
    path = daemon.scratch / "exported.sqlite"
    path.write_bytes(contents)
    with sqlite3.connect(path) as exported:
        for table in ("session", "adminToken", "audit"):
            assert exported.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)

    admin.call("DELETE", "/api/models/alias?alias=fast")
    report = send(admin, contents)
    assert (report["imported"], report["filename"], report["connectionCount"]) == (True, "backup.sqlite", 1)
    assert ask(daemon, key) == 200

    other = new_daemon().start()
    there = Admin(other.url, Daemon.PASSWORD)
    assert refused(send(there, contents, expect=422)) == "backup_of_another_machine"
    assert refused(send(there, contents, expect=422, storageKey="not the key")) == "backup_of_another_machine"
    assert there.call("GET", "/api/providers")["connections"] == []
    send(there, contents, storageKey=(daemon.data_dir / "storage.key").read_bytes().hex())
    assert ask(other, key) == 200
    # From now on it is this machine's.
    assert send(there, export(there).content)["imported"] is True
    there.close()


def test_an_export_with_passphrase_opens_anywhere_and_shows_nothing(daemon, admin, mock, new_daemon):
    mock.always(say("yes"))
    key = fill(admin, mock)
    answer = export(admin, body={"passphrase": PASSPHRASE})
    assert answer.headers["content-disposition"].endswith('.omniroute"')
    sealed = answer.content
    assert sealed.startswith(b"OMNISEAL")
    storage_key = (daemon.data_dir / "storage.key").read_bytes()
    for hidden in (b"SQLite", b"kept account", b"laptop", storage_key, storage_key.hex().encode()):
        assert hidden not in sealed

    other = new_daemon().start()
    there = Admin(other.url, Daemon.PASSWORD)
    missing = send(there, sealed, expect=400)
    assert (refused(missing), missing["error"]["field"]) == ("passphrase_required", "passphrase")
    assert refused(send(there, sealed, expect=422, passphrase="correct horse batterx")) == "wrong_passphrase"
    for damaged in (sealed[:-1], sealed[: len(sealed) // 2], sealed[:70], sealed[:-20] + b"x" + sealed[-19:]):
        assert refused(send(there, damaged, expect=422, passphrase=PASSPHRASE)) == "backup_damaged"
    assert there.call("GET", "/api/providers")["connections"] == []
    send(there, sealed, passphrase=PASSPHRASE)
    assert ask(other, key) == 200
    # The other machine's files hold neither this machine's key nor the secret in clear.
    assert other.stop() == 0
    for contents in other.written_bytes().values():
        assert storage_key not in contents and SECRET.encode() not in contents
    there.close()


def test_a_passphrase_is_neither_short_nor_in_an_address(admin):
    assert refused(export(admin, body={"passphrase": "short"}, expect=422).json()) == "wrong_passphrase"
    assert export(admin, expect=400, passphrase=PASSPHRASE).json()["error"]["field"] == "passphrase"


def test_everything_in_one_archive(daemon, admin, mock):
    mock.always(say("yes"))
    key = fill(admin, mock)
    admin.call("POST", "/api/combos", {"name": "both", "models": ["kept/m", "sim/echo"]}, expect=201)
    assert ask(daemon, key, "both") == 200
    answer = export(admin, "/exportAll")
    assert answer.headers["content-type"] == "application/gzip"
    with tarfile.open(fileobj=io.BytesIO(answer.content), mode="r:gz") as archive:
        assert all(member.isfile() and member.mode == 0o600 for member in archive.getmembers())
        files = {member.name.split("/")[1]: archive.extractfile(member).read() for member in archive.getmembers()}
    assert set(files) == {
        "configuration.sqlite", "history.sqlite", "settings.json", "combos.json", "providers.json", "api-keys.json",
        "metadata.json",
    }  # fmt: skip
    metadata = json.loads(files["metadata.json"])
    assert metadata["format"] == "omniroute-full-backup-v1"
    assert metadata["sha256"] == {
        name: hashlib.sha256(contents).hexdigest() for name, contents in files.items() if name != "metadata.json"
    }
    assert json.loads(files["combos.json"])["combos"][0]["name"] == "both"
    assert json.loads(files["providers.json"])["items"][0]["name"] == "kept account"
    assert "laptop" in {one["name"] for one in json.loads(files["api-keys.json"])["items"]}
    assert json.loads(files["settings.json"]).keys().isdisjoint({"passwordHash", "setupTokenDigest"})
    for contents in files.values():
        assert SECRET.encode() not in contents and key.encode() not in contents
    history = daemon.scratch / "history.sqlite"
    history.write_bytes(files["history.sqlite"])
    with sqlite3.connect(history) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM usage WHERE requestedModel = 'both'").fetchone() == (1,)

    admin.call("DELETE", "/api/models/alias?alias=fast")
    for cut in (answer.content[:-8], answer.content[:-600], answer.content[: len(answer.content) // 2]):
        assert refused(send(admin, cut, expect=422)) == "backup_damaged"
    assert send(admin, answer.content)["comboCount"] == 1
    assert aliases(admin) == {"fast": "kept/m"}
    sealed = export(admin, "/exportAll", body={"passphrase": PASSPHRASE, "history": False}).content
    assert send(admin, sealed, passphrase=PASSPHRASE)["imported"] is True


def tar(members: dict[str, bytes], **attributes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, contents in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(contents)
            for attribute, value in attributes.items():
                setattr(member, attribute, value)
            archive.addfile(member, io.BytesIO(contents))
    return out.getvalue()


def test_names_in_archives_reach_no_file(daemon, admin, mock):
    fill(admin, mock)
    contents = export(admin).content
    before = set(daemon.scratch.parent.iterdir())
    assert send(admin, tar({"../../../escaped": b"x", "/tmp/omniroute-escaped": b"x", "a/configuration.sqlite": contents}))
    assert refused(send(admin, tar({"../../../escaped": contents}), expect=422)) == "not_a_backup"
    link = tar({"a/configuration.sqlite": b""}, type=tarfile.SYMTYPE, linkname="/etc/passwd")
    assert refused(send(admin, link, expect=422)) == "not_a_backup"
    assert not (daemon.scratch / "escaped").exists() and not (daemon.data_dir / "escaped").exists()
    assert {path for path in daemon.scratch.parent.iterdir() if "escaped" in path.name} == set() & before
    forged = tar({"a/configuration.sqlite": contents, "a/metadata.json": b'{"sha256":{"configuration.sqlite":"00"}}'})
    assert refused(send(admin, forged, expect=422)) == "backup_damaged"
    # Nothing is left of any of them.
    assert [path.name for path in (daemon.data_dir / "db_backups").iterdir() if path.name.startswith("staging")] == []


def test_an_archive_that_expands_without_end_is_refused(admin):
    bomb = tar({"configuration.sqlite": b""})  # A head that promises much, and then zeros.
    head = bytearray(gzip.decompress(bomb)[:512])
    head[124:136] = b"%011o\0" % (600 << 20)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    contents = gzip.compress(bytes(head) + bytes(1 << 20))
    assert refused(send(admin, contents, expect=413)) == "too_large"


def database(daemon, statements: str) -> bytes:
    path = daemon.scratch / f"made-{random.getrandbits(64)}.sqlite"
    with sqlite3.connect(path) as made:
        made.executescript(statements)
    made.close()
    return path.read_bytes()


def changed(daemon, contents: bytes, statements: str) -> bytes:
    path = daemon.scratch / f"changed-{random.getrandbits(64)}.sqlite"
    path.write_bytes(contents)
    with sqlite3.connect(path) as made:
        made.executescript(statements)
    made.close()
    return path.read_bytes()


def test_foreign_files_are_refused(daemon, admin, mock):
    fill(admin, mock)
    own = export(admin).content
    assert refused(send(admin, b"", expect=422)) == "not_a_backup"
    assert refused(send(admin, b"PK\x03\x04" * 2000, expect=422)) == "not_a_backup"
    assert refused(send(admin, database(daemon, "CREATE TABLE api_keys (key TEXT)"), expect=422)) == "not_a_backup"
    for statements, code in [
        ("DROP TABLE policy", "not_a_backup"),
        ("ALTER TABLE connection DROP COLUMN options", "not_a_backup"),
        ("DROP TABLE alias; CREATE VIEW alias AS SELECT 'a' AS alias, 'b' AS model", "not_a_backup"),
        ("DROP TABLE policy; CREATE VIRTUAL TABLE policy USING fts5(id, definition)", "not_a_backup"),
        (
            "DROP TABLE alias; CREATE TABLE alias (alias TEXT PRIMARY KEY, model TEXT GENERATED ALWAYS AS ('x'))",
            "not_a_backup",
        ),
        ("INSERT INTO grdb_migrations VALUES ('99 of the future')", "backup_too_new"),
        ("DELETE FROM grdb_migrations WHERE identifier LIKE '3%'", "not_a_backup"),
        ("UPDATE connection SET priority = 'high'", "backup_damaged"),
        ("UPDATE connection SET options = '{'", "backup_damaged"),
        ("UPDATE node SET createdAt = x'00'", "backup_damaged"),
        ("UPDATE connection SET name = x'ff00'", "backup_damaged"),
        ("DROP TABLE alias; CREATE TABLE alias (alias TEXT, model TEXT); INSERT INTO alias VALUES (NULL, NULL)", "backup_damaged"),
        ("DROP TABLE alias; CREATE TABLE alias (alias TEXT, model TEXT); INSERT INTO alias VALUES ('a', 'b'), ('a', 'c')", "backup_damaged"),
    ]:  # fmt: skip
        answer = send(admin, changed(daemon, own, statements), expect=422)
        assert refused(answer) == code, (statements, answer)
    assert aliases(admin) == {"fast": "kept/m"}
    assert admin.call("GET", PATH)["backups"] == []


def test_triggers_views_and_other_tables_stay_behind(daemon, admin, mock):
    fill(admin, mock)
    hostile = changed(
        daemon,
        export(admin).content,
        """
        CREATE TRIGGER evil AFTER INSERT ON session BEGIN INSERT OR IGNORE INTO setting VALUES ('passwordHash', 'x'); END;
        CREATE TRIGGER worse AFTER DELETE ON alias BEGIN DELETE FROM connection; END;
        CREATE VIEW looks AS SELECT * FROM connection;
        CREATE TABLE extra (x);
        CREATE INDEX odd ON alias (model || 'x');
        INSERT INTO setting VALUES ('passwordHash', 'scrypt$16384$8$1$00$00'), ('setupTokenDigest', '00');
        INSERT INTO session (digest, expiresAt, createdAt) VALUES (x'00', 99999999999999, 0);
        INSERT INTO adminToken (id, name, digest, mask, scopes, createdAt) VALUES ('t', 'evil', x'01', '', 'read write', 0);
        INSERT INTO alias VALUES ('new', 'kept/m');
        """,
    )
    send(admin, hostile)
    assert aliases(admin) == {"fast": "kept/m", "new": "kept/m"}
    with sqlite3.connect(f"file:{daemon.data_dir / 'configuration.sqlite'}?mode=ro", uri=True) as live:
        names = {name for (name,) in live.execute("SELECT name FROM sqlite_schema")}
        assert names.isdisjoint({"evil", "worse", "looks", "extra", "odd"})
        assert live.execute("SELECT count(*) FROM setting WHERE name IN ('passwordHash', 'setupTokenDigest')").fetchone() == (0,)
        assert live.execute("SELECT count(*) FROM session WHERE digest = x'00'").fetchone() == (0,)
        assert live.execute("SELECT count(*) FROM adminToken").fetchone() == (0,)


def test_forms_that_are_none(admin):
    kinds = {"content-type": "multipart/form-data; boundary=x"}
    for body in (b"", b"--x\r\n", b'--x\r\ncontent-disposition: form-data; name="file"\r\n\r\nabc'):
        answer = admin.http.post(f"{PATH}/import", content=body, headers=kinds)
        assert (answer.status_code, refused(answer.json())) == (400, "invalid_form")
    answer = admin.http.post(f"{PATH}/import", files={"other": ("x", b"y")})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "file")


def test_the_file_may_be_the_body(daemon, admin, mock):
    fill(admin, mock)
    contents = export(admin).content
    headers = {"content-type": "application/octet-stream"}
    answer = admin.http.post(f"{PATH}/import", params={"filename": "mine.sqlite"}, content=contents, headers=headers)
    assert (answer.status_code, answer.json()["filename"]) == (200, "mine.sqlite")


def test_who_has_not_logged_in_gets_nothing(daemon):
    for method, path in [
        ("GET", ""), ("PUT", ""), ("POST", ""), ("DELETE", ""), ("GET", "/export"), ("GET", "/exportAll"),
        ("POST", "/export"), ("POST", "/exportAll"), ("POST", "/import"), ("GET", "/settings"), ("PUT", "/settings"),
    ]:  # fmt: skip
        answer = httpx.request(method, daemon.url + PATH + path, trust_env=False)
        assert answer.status_code == 401, (method, path)
    assert httpx.get(f"{daemon.url}/api/storage/health", trust_env=False).status_code == 401


def test_only_as_many_are_kept_as_the_settings_say(daemon, admin):
    usual = {"automatic": True, "intervalHours": 24, "keepCount": 20, "keepDays": 90}
    assert admin.call("GET", f"{PATH}/settings") == usual
    made = [admin.call("PUT", PATH)["id"] for _ in range(4)]
    assert len(set(made)) == 4
    assert admin.call("PUT", f"{PATH}/settings", {"keepCount": 3}) == usual | {"keepCount": 3}
    assert [one["id"] for one in admin.call("GET", PATH)["backups"]] == made[:0:-1]
    newest = admin.call("PUT", PATH)["id"]
    assert [one["id"] for one in admin.call("GET", PATH)["backups"]] == [newest, *made[:1:-1]]
    old = "db_2020-02-25T10-00-00-000Z_automatic.sqlite"
    folder = daemon.data_dir / "db_backups"
    (folder / old).write_bytes((folder / newest).read_bytes())
    admin.call("PATCH", f"{PATH}/settings", {"keepCount": 20, "keepDays": 30})
    assert not (folder / old).exists()
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        name + end for name in [newest, *made[2:]] for end in ("", ".json")
    )
    for body, field in [({"keepCount": 1}, "keepCount"), ({"keepDays": "x"}, "keepDays"), ({"automatic": 3}, "automatic")]:
        assert admin.call("PUT", f"{PATH}/settings", body, expect=400)["error"]["field"] == field
    assert admin.call("PUT", f"{PATH}/settings", {"keepEverything": True})["ignored"] == ["keepEverything"]


def test_storage_is_told(daemon, admin, mock):
    fill(admin, mock)
    assert admin.call("GET", "/api/storage/health")["lastBackupAt"] is None
    made = admin.call("PUT", PATH)
    figures = admin.call("GET", "/api/storage/health?check=true")
    assert (figures["driver"], figures["status"], figures["problems"]) == ("sqlite", "healthy", [])
    assert figures["dbPath"] == str(daemon.data_dir / "configuration.sqlite")
    assert figures["dataDir"] == str(daemon.data_dir)
    assert (figures["backupCount"], figures["backupSizeBytes"]) == (1, made["size"])
    assert figures["lastBackupAt"] == made["createdAt"]
    assert (figures["retentionDays"], figures["retentionCount"]) == (90, 20)
    assert figures["sizeBytes"] == sum(part["sizeBytes"] for part in figures["parts"]) > 0
    assert figures["freeBytes"] > 0


def test_a_restore_while_requests_run_loses_none(daemon, admin, mock):
    mock.always(say("some ", "words"))
    key = fill(admin, mock)
    made = admin.call("PUT", PATH)["id"]
    stop, statuses, acknowledged = threading.Event(), [], []

    def requests():
        while not stop.is_set():
            statuses.append(ask(daemon, key))

    def changes(name: str):
        writer = Admin(daemon.url, Daemon.PASSWORD)
        number = 0
        while not stop.is_set():
            number += 1
            alias = f"{name}-{number}"
            writer.alias(alias, "kept/m")
            acknowledged.append(alias)
        writer.close()

    threads = [threading.Thread(target=requests) for _ in range(3)]
    threads += [threading.Thread(target=changes, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    safety = []
    for _ in range(4):
        time.sleep(0.3)
        safety.append(admin.call("POST", PATH, {"backupId": made})["safetyBackupId"])
    time.sleep(0.3)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(statuses) > 20 and set(statuses) == {200}
    # Each change that was acknowledged is in force now, or in a copy that was made before a restore.
    kept = set(aliases(admin))
    for backup in safety:
        path = daemon.data_dir / "db_backups" / backup
        with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as copy:
            kept |= {name for (name,) in copy.execute("SELECT alias FROM alias")}
    assert len(acknowledged) > 20
    assert set(acknowledged) <= kept


def test_killed_while_restoring(new_daemon, mock):
    """However early or late the process dies, the next one finds the state before or the state after."""
    daemon = new_daemon(LOG_LEVEL="error").start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    fill(admin, mock)
    daemon.stop()
    with sqlite3.connect(daemon.data_dir / "configuration.sqlite") as live:
        rows = ((f"many-{number}", "kept/m") for number in range(20_000))
        live.executemany("INSERT INTO alias VALUES (?, ?)", rows)
    live.close()
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    made = admin.call("PUT", PATH)["id"]
    begun = time.monotonic()
    admin.http.post(PATH, json={"backupId": made}, timeout=60).raise_for_status()
    usual = time.monotonic() - begun
    moments = random.Random(11)
    outcomes = []
    for number in range(8):
        daemon.stop()
        with sqlite3.connect(daemon.data_dir / "configuration.sqlite") as live:
            live.execute("DELETE FROM alias")
            live.execute("INSERT INTO alias VALUES ('only', 'kept/m')")
        live.close()
        daemon.start()
        admin = Admin(daemon.url, Daemon.PASSWORD)
        restore = threading.Thread(target=lambda: _restore_until_killed(admin, made))
        restore.start()
        time.sleep(usual * (number + moments.random()) / 8)
        daemon.process.send_signal(signal.SIGKILL)
        daemon.process.wait()
        restore.join()
        daemon.start()
        admin = Admin(daemon.url, Daemon.PASSWORD)
        found = aliases(admin)
        outcomes.append(len(found))
        assert len(found) in (1, 20_001), number
        assert admin.call("GET", "/api/storage/health?check=true")["problems"] == []
        assert not [path for path in (daemon.data_dir / "db_backups").iterdir() if path.name.startswith("staging")]
        for backup in admin.call("GET", PATH)["backups"]:
            contents = (daemon.data_dir / "db_backups" / backup["id"]).read_bytes()
            assert hashlib.sha256(contents).hexdigest() == backup["sha256"]
    assert 1 in outcomes


def _restore_until_killed(admin, backup: str):
    try:
        admin.http.post(PATH, json={"backupId": backup}, timeout=60)
    except httpx.HTTPError:
        pass


def command(daemon, *arguments: str) -> subprocess.CompletedProcess:
    environment = {"DATA_DIR": str(daemon.data_dir), "HOME": str(daemon.scratch), "PATH": "/usr/bin:/bin"}
    return subprocess.run([binary(), "backup", *arguments], env=environment, capture_output=True, text=True, timeout=60)


def test_on_the_command_line(daemon, admin, mock):
    fill(admin, mock)
    made = command(daemon, "create").stdout.strip()
    assert [one["id"] for one in admin.call("GET", PATH)["backups"]] == [made]
    assert json.loads(command(daemon, "list", "--json").stdout)[0]["id"] == made
    admin.call("DELETE", "/api/models/alias?alias=fast")
    assert command(daemon, "restore", made).returncode == 0
    # The daemon that runs reads it by itself.
    deadline = time.monotonic() + 10
    while aliases(admin) != {"fast": "kept/m"} and time.monotonic() < deadline:
        time.sleep(0.05)
    assert aliases(admin) == {"fast": "kept/m"}
    for name in ("../configuration.sqlite", "db_2020-02-25T10-00-00-000Z_manual.sqlite"):
        failed = command(daemon, "restore", name)
        assert failed.returncode != 0 and failed.stderr.strip()
