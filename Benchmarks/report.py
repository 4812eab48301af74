"""The table of targets."""

import json


class Report:
    """Rows in the order they were measured."""

    def __init__(self, judges):
        self.judges = judges
        self.rows = []

    def add(self, name, target, value, limit, unit, detail):
        """A figure with a target: the limit is the largest value that meets it."""
        verdict = ("met" if value <= limit else "MISSED") if self.judges else "-"
        self._append(name, target, round(value, 3), limit, unit, verdict, detail)

    def note(self, name, value, unit, detail):
        """A figure without a target."""
        self._append(name, "", round(value, 3), None, unit, "info", detail)

    def failed(self, name, error):
        """A part that could not be measured."""
        self._append(name, "", None, None, "", "FAILED", str(error))

    def _append(self, name, target, value, limit, unit, verdict, detail):
        self.rows.append({
            "what": name, "target": target, "value": value, "limit": limit, "unit": unit, "verdict": verdict,
            "detail": detail,
        })

    @property
    def has_failures(self):
        return any(row["verdict"] == "FAILED" for row in self.rows)

    def table(self):
        def figure(row):
            if row["value"] is None:
                return ""
            digits = 2 if abs(row["value"]) < 10 else 1 if abs(row["value"]) < 100 else 0
            return f"{row['value']:.{digits}f} {row['unit']}".strip()

        header = ("what", "target", "measured", "", "how")
        cells = [(row["what"], row["target"], figure(row), row["verdict"], row["detail"]) for row in self.rows]
        widths = [max(len(line[column]) for line in [header, *cells]) for column in range(4)]
        lines = []
        for line in [header, *cells]:
            lines.append("  ".join([text.ljust(width) for text, width in zip(line, widths)] + [line[4]]).rstrip())
            if line is header:
                lines.append("  ".join("-" * width for width in [*widths, 3]))
        return "\n".join(lines)

    def json(self, facts):
        return json.dumps(facts | {"rows": self.rows}, indent=2)
