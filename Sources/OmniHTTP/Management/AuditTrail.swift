import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import OmniCore
import OmniJSON
import Synchronization

/// Writes the audit log: each call that changes something, whoever makes it, in one place for all routes.
final class AuditTrail: Sendable {
    /// The longest body whose members are told.
    private static let longestBody = 256 << 10
    /// Refused calls of one caller, of all strangers, and wrong passwords noted in a minute: a flood of some must not fill the
    /// disk, nor hide the others.
    private static let refusalsPerMinute = 60
    private static let mostMeters = 1000

    private let store: any AdministrationStore
    private let clock: any RouterClock
    private let logger: Logger
    private let refusals = Mutex<[String: RefusalMeter]>([:])

    init(store: any AdministrationStore, clock: any RouterClock, logger: Logger) {
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    /// The route that shows what another one changes or removes; nil when there is none.
    static func reader(of route: ManagementRoute, among routes: [ManagementRoute]) -> ManagementRoute? {
        let verbs = ["change", "set", "delete", "remove", "revoke", "reset"]
        guard route.isAudited, route.method != .get, verbs.contains(where: { route.operation.hasSuffix("." + $0) })
        else { return nil }
        return routes.first { $0.method == .get && $0.policy == .read && "\($0.path)" == "\(route.path)" }
    }

    /// Makes a call and, when it succeeded, writes it down before its answer is given.
    /// - Throws: what the handler throws, and an error when the entry could not be written.
    func perform(
        _ call: ManagementRequest, route: ManagementRoute, reader: ManagementRoute?, body: ByteBuffer
    ) async throws -> ManagementResponse {
        guard route.isAudited else { return try await route.handler(call) }
        let before = await state(by: reader, for: call)
        let response = try await route.handler(call)
        guard (200..<300).contains(response.status.code) else { return response }
        let note = response.auditNote
        let made = response.status == .created ? Self.named(in: response) : (id: nil, name: nil)
        let entry = AuditEntry(
            time: clock.wallMilliseconds(), action: route.operation,
            actor: note?.actor ?? call.caller?.actor ?? "anonymous", actorName: call.caller?.name,
            target: note?.target ?? Self.target(of: call, route: route) ?? made.id, address: call.peer?.description,
            status: response.status.code, requestID: call.requestID,
            details: Self.details(body: body, before: before, name: made.name))
        do {
            try await write(entry)
        } catch {
            logger.error(
                "the audit log cannot be written", metadata: ["action": "\(entry.action)", "error": "\(error)"])
            throw ManagementError(
                .internalServerError, "audit_failed", "the call was carried out, but the audit log cannot be written")
        }
        return response
    }

    /// Notes that a call was not carried out, when that says something about who may do what.
    func refused(
        _ request: Request, context: ManagementContext, route: ManagementRoute, caller: AdminCaller?,
        answer: ManagementResponse, _ error: ManagementError?
    ) async {
        let status = answer.status
        let isRefusal = [.unauthorized, .forbidden, .tooManyRequests, .misdirectedRequest].contains(status)
        guard isRefusal || status.code >= 500, error?.code != "audit_failed" else { return }
        let now = clock.wallMilliseconds()
        let isLogin = route.operation == "auth.login" && status == .unauthorized
        // Wrong passwords are few, since whoever tries many is slowed down; those who try all the same must not hide them.
        let kind = isLogin ? "wrong password" : caller?.actor ?? "stranger"
        let suppressed = refusals.withLock { meters in
            if meters.count >= Self.mostMeters { meters = [:] }
            return meters[kind, default: RefusalMeter(perMinute: Self.refusalsPerMinute)].admit(at: now)
        }
        guard let suppressed else { return }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("error")
        writer.string(error?.code ?? "internal")
        if suppressed > 0 {
            // Others of the minutes before, which nobody wrote down.
            writer.key("notRecorded")
            writer.value(suppressed)
        }
        writer.endObject()
        let entry = AuditEntry(
            time: now, action: route.operation, actor: caller?.actor ?? "anonymous", actorName: caller?.name,
            target: Self.target(context.parameters, route: route), address: context.peer?.description,
            outcome: isRefusal && !isLogin ? .refused : .failure, status: status.code, requestID: context.requestID,
            details: String(decoding: writer.bytes, as: UTF8.self))
        do {
            try await write(entry)
        } catch {
            logger.error(
                "the audit log cannot be written", metadata: ["action": "\(entry.action)", "error": "\(error)"])
        }
    }

    private func write(_ entry: AuditEntry) async throws {
        let stored = try await store.appendAudit(entry)
        // A second copy, out of reach of whoever has the database.
        logger.info(
            "audit",
            metadata: [
                "action": "\(entry.action)", "actor": "\(entry.actor)", "outcome": "\(entry.outcome.rawValue)",
                "sequence": "\(stored.sequence)", "code": "\(Array(stored.code.prefix(8)).hexadecimal)",
            ])
    }

    // MARK: Parts

    /// What there was before a change; nil where it cannot be shown.
    private func state(by reader: ManagementRoute?, for call: ManagementRequest) async -> JSONValue? {
        guard let reader else { return nil }
        var head = call.request.head
        head.method = .get
        // What is not there has no state; whoever changes it is told so by the change itself.
        guard let nothing = try? ManagementBody([]),
            let answer = try? await reader.handler(
                ManagementRequest(
                    request: Request(head: head, body: RequestBody(buffer: ByteBuffer())),
                    parameters: call.parameters, body: nothing, caller: call.caller, peer: call.peer,
                    requestID: call.requestID)), answer.stream == nil,
            answer.body.count <= Self.longestBody, let value = try? JSONValue(parsing: answer.body)
        else { return nil }
        return Self.unwrapped(value)
    }

    /// The object itself where an answer wraps it, such as `{"connection": {…}}`.
    private static func unwrapped(_ value: JSONValue) -> JSONValue {
        let members = Array(value.members.prefix(2))
        return members.count == 1 && members[0].value.kind == .object ? members[0].value : value
    }

    private static func named(in response: ManagementResponse) -> (id: String?, name: String?) {
        guard response.stream == nil, response.body.count <= longestBody,
            // Made here; one that cannot be read has no id.
            let value = try? JSONValue(parsing: response.body)
        else { return (nil, nil) }
        let object = value["id"] == nil ? unwrapped(value) : value
        return (object["id"]?.string, object["name"]?.string)
    }

    private static func target(of call: ManagementRequest, route: ManagementRoute) -> String? {
        target(call.parameters, route: route) ?? call.query("id") ?? call.query("alias")
    }

    /// The ids in the path, in their order.
    private static func target(_ parameters: Parameters, route: ManagementRoute) -> String? {
        // Hummingbird writes `:id` as `{id}`.
        let ids = "\(route.path)".split(separator: "/").filter { $0.hasPrefix(":") || $0.hasPrefix("{") }.compactMap {
            parameters.get($0.trimmingPrefix(":").filter { $0 != "{" && $0 != "}" })
        }
        return ids.isEmpty ? nil : String(AnswerHeaders.sanitized(ids.joined(separator: "/")).prefix(300))
    }

    /// `fields`: what was sent; `before`: what stood in the place of what was changed; `name`: of what was made or removed.
    private static func details(body: ByteBuffer, before: JSONValue?, name: String?) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        let bytes = Array(body.readableBytesView)
        var sent: JSONValue?
        if !bytes.isEmpty {
            // Files are sent too; of those the size is told.
            if bytes.count <= longestBody { sent = try? JSONValue(parsing: bytes) }
            if let sent, sent.kind == .object {
                if sent.members.contains(where: { _ in true }) {
                    writer.key("fields")
                    AuditDetails.write(sent, into: &writer)
                }
            } else {
                writer.key("bodyBytes")
                writer.value(bytes.count)
            }
        }
        if let before, let sent { write(before, whatOf: sent, into: &writer) }
        if let name = name ?? before?["name"]?.string {
            writer.key("name")
            writer.string(String(name.prefix(200)))
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The members of what there was that are not what was sent for them.
    private static func write(_ before: JSONValue, whatOf sent: JSONValue, into writer: inout JSONWriter) {
        let old = Dictionary(before.members.map { ($0.name.string, $0.value) }) { $1 }
        let changed = sent.members.compactMap { member in
            let name = member.name.string
            return old[name].flatMap { Array($0.raw) == Array(member.value.raw) ? nil : (name, $0) }
        }
        guard !changed.isEmpty else { return }
        writer.key("before")
        writer.beginObject()
        for (name, value) in changed {
            writer.key(JSONText(name))
            AuditDetails.write(value, named: name, into: &writer)
        }
        writer.endObject()
    }
}

/// How many refusals may be written down; the others are counted.
struct RefusalMeter {
    private let perMinute: Int
    private var minute: Int64 = 0
    private var written = 0
    private var suppressed = 0

    init(perMinute: Int) { self.perMinute = perMinute }

    /// - Returns: how many were not written since the last that was; nil when this one is not either.
    mutating func admit(at now: Int64) -> Int? {
        if now / 60_000 != minute {
            minute = now / 60_000
            written = 0
        }
        guard written < perMinute else {
            suppressed += 1
            return nil
        }
        written += 1
        defer { suppressed = 0 }
        return suppressed
    }
}
