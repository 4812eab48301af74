"""A history as large as years of use leave behind."""

import os
import sqlite3

# Values for the columns the ledger has; a new column without a default needs a line here.
VALUES = {
    "requestID": "printf('req-%016x', n * 2654435761 % 1099511627776)",
    "startedAt": "1700000000000 + n * 61000",
    "clientKeyID": "printf('3b241101-e2bb-4255-8caf-4136c566a9%02d', n % 12)",
    "connectionID": "printf('7c9e6679-7425-40de-944b-e07fc1f906%02d', n % 17)",
    "provider": "CASE n % 3 WHEN 0 THEN 'anthropic' WHEN 1 THEN 'openai' ELSE 'gemini' END",
    "requestedModel": "printf('provider/model-name-%d', n % 23)",
    "servedModel": "printf('model-name-%d-20250929', n % 23)",
    "clientFormat": "CASE n % 2 WHEN 0 THEN 'anthropic' ELSE 'openai-chat' END",
    "upstreamFormat": "CASE n % 5 WHEN 0 THEN 'anthropic' ELSE 'openai-chat' END",
    "path": "CASE n % 2 WHEN 0 THEN '/v1/messages' ELSE '/v1/chat/completions' END",
    "status": "CASE WHEN n % 50 = 0 THEN 429 ELSE 200 END",
    "isStreaming": "n % 2", "inputTokens": "n % 90000", "cacheReadTokens": "n % 70000", "cacheWriteTokens": "n % 900",
    "outputTokens": "n % 4000", "reasoningTokens": "n % 700", "isEstimated": "0", "latencyMS": "n % 30000",
    "timeToFirstTokenMS": "n % 2000", "attempts": "1 + n % 2",
    "errorCode": "CASE WHEN n % 50 = 0 THEN 'rate_limited' END",
}


def fill(path, rows):
    """Adds rows to the ledger of a stopped daemon, which has made the schema. Returns the rows in it and its size."""
    connection = sqlite3.connect(path)
    try:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(usage)") if row[1] != "sequence"]
        if not columns:
            raise RuntimeError("the history has no table 'usage'; the schema changed and this benchmark did not")
        known = [name for name in columns if name in VALUES]
        missing = connection.execute("SELECT COUNT(*) FROM usage").fetchone()[0]
        with connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(
                f"WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < ?) "
                f"INSERT INTO usage ({', '.join(known)}) "
                f"SELECT {', '.join(VALUES[name] for name in known)} FROM counter",
                (max(1, rows - missing),))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return connection.execute("SELECT COUNT(*) FROM usage").fetchone()[0], os.path.getsize(path)
    finally:
        connection.close()
