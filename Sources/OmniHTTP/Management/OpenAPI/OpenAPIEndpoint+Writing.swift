import HTTPTypes
import OmniJSON

extension OpenAPIDocument.Endpoint {
    /// Method and path, which no two endpoints share.
    var key: String { "\(method.rawValue) \(path)" }

    var errorSchema: JSONSchema {
        switch access {
        case .management: .error
        case .client(let dialect): .dialectError(dialect)
        }
    }

    /// The operation object.
    func write(identifier: String, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.optional("operationId", identifier)
        writer.key("tags")
        writer.beginArray()
        writer.string(document.area)
        writer.endArray()
        writer.optional("summary", document.summary)
        writer.optional("description", document.details)
        writeAccess(to: &writer)
        writeParameters(to: &writer)
        if let body = document.body {
            writer.key("requestBody")
            writer.beginObject()
            writer.key("required")
            writer.value(!body.isOptional)
            writer.content([(body.mediaType, body.schema)])
            writer.endObject()
        }
        writer.key("responses")
        writer.beginObject()
        for answer in document.answers {
            writer.key(JSONText(String(answer.status.code)))
            writer.beginObject()
            writer.optional("description", answer.meaning)
            writer.content(answer.content)
            writer.endObject()
        }
        for (status, meaning) in refusals {
            writer.key(JSONText(status))
            writer.beginObject()
            writer.optional("description", meaning)
            writer.content([("application/json", errorSchema)])
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
    }

    private func writeAccess(to writer: inout JSONWriter) {
        let schemes: [String]
        switch access {
        case .management(.everyone): schemes = []
        case .management(let policy):
            writer.optional("x-access", "\(policy)")
            schemes =
                switch policy {
                case .session: ["session"]
                case .synchronise: ["session", "token", "syncToken"]
                default: ["session", "token"]
                }
        case .client: schemes = ["clientKey"]
        }
        writer.key("security")
        writer.beginArray()
        for scheme in schemes {
            writer.beginObject()
            writer.key(JSONText(scheme))
            writer.beginArray()
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
    }

    private func writeParameters(to writer: inout JSONWriter) {
        let inPath = path.split(separator: "/").filter { $0.contains("{") }.map { part in
            let start = part.index(after: part.firstIndex(of: "{") ?? part.startIndex)
            return String(part[start..<(part.lastIndex(of: "}") ?? part.endIndex)])
        }
        guard !inPath.isEmpty || !document.query.isEmpty else { return }
        writer.key("parameters")
        writer.beginArray()
        for name in inPath {
            let parameter =
                document.path.first { $0.name == name }
                ?? RouteDocument.Parameter(name, "", .string(minimum: 1))
            writer.parameter(parameter, place: "path", isRequired: true)
        }
        for parameter in document.query {
            writer.parameter(parameter, place: "query", isRequired: parameter.isRequired)
        }
        writer.endArray()
    }

    /// Statuses with what they mean, in order.
    private var refusals: [(status: String, meaning: String)] {
        guard case .management(let policy) = access else {
            return [("default", "Refused, or failed at every provider that was tried; in the dialect's form.")]
        }
        // 403 by any method: an address filter refuses whatever comes from an address it does not admit.
        var statuses: Set<Int> = [400, 403, 413, 421]
        if policy != .everyone { statuses.insert(401) }
        statuses.formUnion(document.refusals.map(\.code))
        statuses.subtract(document.answers.map(\.status.code))
        return statuses.sorted().map { (String($0), Self.meanings[$0] ?? "Refused.") }
    }

    private static let meanings = [
        400: "A field or the body is wrong; `field` names the one at fault.",
        401: "Log in first.",
        403: "Not allowed: a page of another site, or a credential that may not do this.",
        404: "There is no such thing.",
        409: "It would clash with what is there.",
        412: "There is another version by now.",
        413: "The body is too large.",
        421: "The host name of the request is not one of the daemon's.",
        422: "It can be read, but not used; the message says why.",
        428: "A condition is required: which version is replaced.",
        429: "Too many attempts; `retry-after` says when to try again.",
        501: "Not in this router.",
        502: "The upstream failed.",
        507: "There is no room left on the disk.",
    ]
}

extension JSONWriter {
    fileprivate mutating func content(_ content: [(mediaType: String, schema: JSONSchema)]) {
        guard !content.isEmpty else { return }
        key("content")
        beginObject()
        for (mediaType, schema) in content {
            key(JSONText(mediaType))
            beginObject()
            key("schema")
            schema.write(to: &self)
            endObject()
        }
        endObject()
    }

    fileprivate mutating func parameter(_ parameter: RouteDocument.Parameter, place: String, isRequired: Bool) {
        beginObject()
        optional("name", parameter.name)
        optional("in", place)
        if !parameter.meaning.isEmpty { optional("description", parameter.meaning) }
        key("required")
        value(isRequired)
        key("schema")
        parameter.schema.write(to: &self)
        endObject()
    }
}
