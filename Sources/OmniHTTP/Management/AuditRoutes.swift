import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// The audit log.
extension ManagementAPI {
    var auditRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/compliance/audit-log", .read, .auditLog, auditLog),
            ManagementRoute(.get, "/api/compliance/audit-log/verify", .read, .verifyAuditLog, verifyAuditLog),
        ]
    }

    /// Entries, the latest first, as an array; `format=jsonl` and `format=csv` are for other programs.
    ///
    /// `X-Total-Count` is how many entries fit, `X-Next-Cursor` the `cursor` of the next page, when there is one.
    private func auditLog(_ call: ManagementRequest) async throws -> ManagementResponse {
        let filter = try AuditFilter(call)
        let format = call.query("format") ?? "json"
        guard ["json", "jsonl", "csv"].contains(format) else {
            throw ManagementError.invalid("format", "must be json, jsonl or csv")
        }
        let page = try await dependencies.store.auditLog(filter)
        var response = ManagementResponse { writer in
            writer.beginArray()
            for entry in page.entries { writer.audit(entry) }
            writer.endArray()
        }
        if format != "json" {
            response.body = format == "csv" ? Self.csv(page.entries) : Self.lines(page.entries)
            response.headers[.contentType] = format == "csv" ? "text/csv; charset=utf-8" : "application/jsonl"
            response.headers[.contentDisposition] = "attachment; filename=\"audit-log.\(format)\""
        }
        var cursor: String?
        if page.entries.count == filter.limit, let last = page.entries.last, last.sequence > 1 {
            cursor = String(last.sequence)
        }
        for (name, value) in [("x-total-count", String(page.total)), ("x-next-cursor", cursor)] {
            if let name = HTTPField.Name(name), let value { response.headers[name] = value }
        }
        return response
    }

    private func verifyAuditLog(_ call: ManagementRequest) async throws -> ManagementResponse {
        let result = try await dependencies.store.verifyAudit()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("valid")
            writer.value(result.isSound)
            writer.key("entries")
            writer.value(result.entries)
            writer.key("brokenAt")
            if let sequence = result.brokenAt { writer.value(Int(sequence)) } else { writer.null() }
            writer.optional("message", result.problem)
            writer.endObject()
        }
    }

    private static func lines(_ entries: [AuditEntry]) -> [UInt8] {
        entries.flatMap { entry in
            var writer = JSONWriter()
            writer.audit(entry)
            return writer.bytes + [0x0A]
        }
    }

    /// With a heading; values are quoted as RFC 4180 says, and never taken for formulas by a table program.
    private static func csv(_ entries: [AuditEntry]) -> [UInt8] {
        let heading = "id,timestamp,action,outcome,status,actor,actor_name,target,ip_address,request_id,details\r\n"
        return entries.reduce(into: Array(heading.utf8)) { bytes, entry in
            let cells = [
                String(entry.sequence), ISOTime.string(entry.time), entry.action, entry.outcome.rawValue,
                entry.status.map(String.init), entry.actor, entry.actorName, entry.target, entry.address,
                entry.requestID, entry.details,
            ]
            bytes += (cells.map { cell($0 ?? "") }.joined(separator: ",") + "\r\n").utf8
        }
    }

    private static func cell(_ text: String) -> String {
        let isFormula = text.utf8.first.map { [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D].contains($0) } ?? false
        let safe = isFormula ? "'" + text : text
        guard safe.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) || isFormula else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}

extension AuditFilter {
    fileprivate init(_ call: ManagementRequest) throws(ManagementError) {
        self.init()
        action = Self.text("action", in: call)
        actor = Self.text("actor", in: call)
        target = Self.text("target", in: call)
        address = Self.text("ip", in: call) ?? Self.text("ip_address", in: call)
        if let name = Self.text("outcome", in: call) {
            guard let known = AuditEntry.Outcome(rawValue: name) else {
                let names = AuditEntry.Outcome.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalid("outcome", "must be one of \(names)")
            }
            outcome = known
        }
        from = try Self.time("from", in: call)
        to = try Self.time("to", in: call)
        limit = try Self.number("limit", in: call, 1...1000) ?? limit
        offset = try Self.number("offset", in: call, 0...10_000_000) ?? offset
        before = try Self.number("cursor", in: call, 1...Int.max).map(Int64.init)
    }

    private static func text(_ name: Substring, in call: ManagementRequest) -> String? {
        call.query(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A time as ISO 8601, or milliseconds since 1970.
    private static func time(_ name: Substring, in call: ManagementRequest) throws(ManagementError) -> Int64? {
        guard let text = text(name, in: call) else { return nil }
        guard let time = Int64(text) ?? ISOTime.milliseconds(from: text) else {
            throw .invalid(String(name), "must be a time such as 2030-01-31T00:00:00Z")
        }
        return time
    }

    private static func number(
        _ name: Substring, in call: ManagementRequest, _ range: ClosedRange<Int>
    ) throws(ManagementError) -> Int? {
        guard let text = text(name, in: call) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid(String(name), "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

extension JSONWriter {
    fileprivate mutating func audit(_ entry: AuditEntry) {
        beginObject()
        key("id")
        value(Int(entry.sequence))
        key("timestamp")
        string(ISOTime.string(entry.time))
        key("action")
        string(entry.action)
        key("outcome")
        string(entry.outcome.rawValue)
        key("status")
        if let status = entry.status { value(status) } else { null() }
        key("actor")
        string(entry.actor)
        optional("actorName", entry.actorName)
        key("target")
        if let target = entry.target { string(target) } else { null() }
        key("details")
        raw(Array(entry.details.utf8)[...])
        key("ip_address")
        if let address = entry.address { string(address) } else { null() }
        optional("requestId", entry.requestID)
        key("hash")
        string(entry.code.hexadecimal)
        endObject()
    }
}
