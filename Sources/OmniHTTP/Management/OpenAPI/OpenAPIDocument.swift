import HTTPTypes
import Hummingbird
import OmniJSON

/// The whole interface as an OpenAPI 3.1 document, made from what its routes declare.
public struct OpenAPIDocument: Sendable {
    /// One method of one path.
    struct Endpoint: Sendable {
        var method: HTTPRequest.Method
        /// With parameters in braces.
        var path: String
        var access: Access
        var document: RouteDocument
    }

    /// Who may call, and with it how refusals look.
    enum Access: Sendable, Equatable {
        case management(AccessPolicy)
        /// A client's key, where keys are required, and errors in the dialect of this name.
        case client(dialect: String)
    }

    let endpoints: [Endpoint]
    let version: String

    /// - Parameter version: the daemon's.
    init(management: [ManagementRoute], inference: [Endpoint], version: String) {
        endpoints =
            management.map {
                Endpoint(
                    method: $0.method, path: Self.template($0.path.description), access: .management($0.policy),
                    document: $0.document)
            } + inference
        self.version = version
    }

    /// `/api/keys/:id` as OpenAPI writes it.
    static func template(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }.joined(separator: "/")
    }

    /// In the order in which they are declared.
    var areas: [String] {
        var seen: Set<String> = []
        return endpoints.map(\.document.area).filter { seen.insert($0).inserted }
    }

    public var json: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 1 << 18)
        writer.beginObject()
        writer.optional("openapi", "3.1.0")
        writer.key("info")
        writer.beginObject()
        writer.optional("title", "omniroute")
        writer.optional("version", version)
        writer.optional(
            "description",
            "The management interface under /api and the inference endpoints in the dialects that clients speak. "
                + "Answers may gain members; clients ignore what they do not know.")
        writer.endObject()
        writer.key("servers")
        writer.beginArray()
        writer.beginObject()
        writer.optional("url", "/")
        writer.endObject()
        writer.endArray()
        writeTags(to: &writer)
        writePaths(to: &writer)
        writeComponents(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    private func writeTags(to writer: inout JSONWriter) {
        writer.key("tags")
        writer.beginArray()
        for area in areas {
            writer.beginObject()
            writer.optional("name", area)
            writer.optional("description", Self.areaTitles[area])
            writer.endObject()
        }
        writer.endArray()
    }

    private func writePaths(to writer: inout JSONWriter) {
        var paths: [String] = []
        var byPath: [String: [Endpoint]] = [:]
        for endpoint in endpoints {
            if byPath[endpoint.path] == nil { paths.append(endpoint.path) }
            byPath[endpoint.path, default: []].append(endpoint)
        }
        let identifiers = identifiers
        writer.key("paths")
        writer.beginObject()
        for path in paths {
            writer.key(JSONText(path))
            writer.beginObject()
            for endpoint in byPath[path] ?? [] {
                writer.key(JSONText(endpoint.method.rawValue.lowercased()))
                endpoint.write(identifier: identifiers[endpoint.key] ?? "", to: &writer)
            }
            writer.endObject()
        }
        writer.endObject()
    }

    /// Operation and method; where several paths have both in common, what stands in their paths' braces too.
    private var identifiers: [String: String] {
        let groups = Dictionary(grouping: endpoints) { "\($0.document.operation)-\($0.method.rawValue.lowercased())" }
        var identifiers: [String: String] = [:]
        for (name, group) in groups {
            for (index, endpoint) in group.enumerated() {
                identifiers[endpoint.key] = index == 0 ? name : "\(name)-\(index + 1)"
            }
        }
        return identifiers
    }

    private func writeComponents(to writer: inout JSONWriter) {
        var schemas: [String: JSONSchema] = [:]
        let used = endpoints.flatMap { endpoint in
            let document = endpoint.document
            return [document.body?.schema].compactMap { $0 } + document.query.map(\.schema)
                + document.path.map(\.schema) + document.answers.flatMap { $0.content.map(\.schema) }
                + [endpoint.errorSchema]
        }
        for (name, schema) in used.flatMap({ $0.components() }) { schemas[name] = schema }
        writer.key("components")
        writer.beginObject()
        writer.key("schemas")
        writer.beginObject()
        for (name, schema) in schemas.sorted(by: { $0.key < $1.key }) {
            writer.key(JSONText(name))
            schema.write(to: &writer)
        }
        writer.endObject()
        writer.key("securitySchemes")
        writer.beginObject()
        writer.key("session")
        writer.beginObject()
        writer.optional("type", "apiKey")
        writer.optional("in", "cookie")
        writer.optional("name", AdminAuthenticator.cookieName)
        writer.optional("description", "A login with the password: POST /api/auth/login.")
        writer.endObject()
        writer.key("syncToken")
        writer.beginObject()
        writer.optional("type", "http")
        writer.optional("scheme", "bearer")
        writer.optional("description", "A token of another machine, made with POST /api/sync/tokens.")
        writer.endObject()
        writer.key("token")
        writer.beginObject()
        writer.optional("type", "http")
        writer.optional("scheme", "bearer")
        writer.optional(
            "description",
            "An administration token, made with POST /api/tokens; its scope `read` or `write` is what `x-access` says.")
        writer.endObject()
        writer.key("clientKey")
        writer.beginObject()
        writer.optional("type", "http")
        writer.optional("scheme", "bearer")
        writer.optional("description", "A client key, made with POST /api/keys; needed where the daemon requires keys.")
        writer.endObject()
        writer.endObject()
        writer.endObject()
    }
}
