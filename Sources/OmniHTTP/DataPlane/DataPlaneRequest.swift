import NIOCore
import NIOHTTP1
import OmniCore
import OmniJSON
import OmniTranslate

/// One request received whole, before anything was decided about it.
struct DataPlaneRequest {
    let head: HTTPRequestHead
    let route: InferenceRoute
    let body: [UInt8]
    let plane: DataPlane
    let state: LoopState

    /// Answers what needs no upstream at once.
    /// - Returns: the request for the engine; nil when it was answered here.
    func immediateAnswer(writer: ChannelResponseWriter, handler: DataPlaneHandler) -> InferenceRequest? {
        let requestID = RequestIdentifier.make(head.headers, random: &state.identifiers)
        do throws(UpstreamFault) {
            return try dispatch(writer: writer, requestID: requestID)
        } catch {
            var allowed: String?
            if case .methodNotAllowed(_, let methods) = route { allowed = methods }
            handler.respond(
                error, format: format, requestID: requestID, writer: writer, allowedMethods: allowed)
            return nil
        }
    }

    /// The models paths below `/v1` serve three dialects; the headers of the client's SDK tell which.
    private var format: WireFormat {
        switch route {
        case .modelList(.openAIChat), .model(.openAIChat, _):
            if head.headers.contains(name: "anthropic-version") { return .anthropicMessages }
            let isGoogles = ["x-goog-api-client", "x-goog-api-key"].contains { head.headers.contains(name: $0) }
            return isGoogles ? .gemini : .openAIChat
        default: return route.format
        }
    }

    private func dispatch(
        writer: ChannelResponseWriter, requestID: String
    ) throws(UpstreamFault) -> InferenceRequest? {
        switch route {
        case .preflight:
            preflight(writer)
            return nil
        case .notFound:
            throw UpstreamFault(
                .notFound, message: "no such endpoint: \(head.method.rawValue) \(path)", code: "unknown_endpoint")
        case .methodNotAllowed(_, let allowed):
            throw UpstreamFault(
                .methodNotAllowed, message: "\(path) takes \(allowed), not \(head.method.rawValue)",
                code: "method_not_allowed")
        default: break
        }
        let key = try ClientAuthentication.clientKey(
            headers: head.headers, uri: head.uri,
            isRequired: plane.options.requiresClientKey ?? state.snapshot.requiresClientKey, state: state)
        // A key proves that its owner sent the request; without one, a web page may have, by way of a visitor's browser.
        if key == nil { try refuseForeignPage() }
        if case .chat(let format, let operation) = route {
            return inference(format, operation: operation, key: key, requestID: requestID)
        }
        answer(try immediateBody(for: key), writer: writer, requestID: requestID)
        return nil
    }

    /// The bodies of what is answered from memory.
    private func immediateBody(for key: ClientKeyID?) throws(UpstreamFault) -> [UInt8] {
        let stored = StoredResponseAnswer(
            store: plane.engine.responses, clientKey: key, now: plane.clock.wallMilliseconds())
        switch route {
        case .modelList: return state.snapshot.modelList(for: format, key: key)
        case .embeddingModels: return state.snapshot.embeddingModelList(for: key)
        case .model(_, let id): return try model(id, for: key)
        // The newest version whose interface is served here; clients compare it with what they need.
        case .ollamaVersion: return OllamaDocuments.version("0.12.0")
        case .ollamaProcesses: return OllamaDocuments.running()
        case .storedResponse(let id): return try head.method == .DELETE ? stored.delete(id) : stored.get(id)
        case .inputItems(let id):
            return try stored.inputItems(id, query: head.uri.drop { $0 != "?" }.dropFirst())
        case .chat, .preflight, .methodNotAllowed, .notFound: return []
        }
    }

    private func model(_ named: String?, for key: ClientKeyID?) throws(UpstreamFault) -> [UInt8] {
        let id: String
        if let named {
            id = named
        } else {
            let body = try parsedBody()
            guard let name = (body.present("model") ?? body.present("name"))?.string else {
                throw UpstreamFault(.invalidRequest, message: "model: field required", parameter: "model")
            }
            id = name
        }
        guard let model = state.snapshot.listedModel(id, for: format, key: key) else {
            throw state.snapshot.unknownModel(id, for: key)
        }
        return model
    }

    private func refuseForeignPage() throws(UpstreamFault) {
        let objection = plane.options.origins.objection(
            authority: head.headers.first(name: "host") ?? "", isChange: head.method != .GET && head.method != .HEAD,
            fetchSite: head.headers.first(name: "sec-fetch-site"), origin: head.headers.first(name: "origin"),
            allowedOrigin: plane.options.allowedOrigin)
        guard let objection else { return }
        throw UpstreamFault(
            .permission, message: objection.message + "; send a client key", code: objection.code)
    }

    private var path: String { AnswerHeaders.sanitized(head.uri.withoutQuery) }

    private func inference(
        _ format: WireFormat, operation: RequestOperation, key: ClientKeyID?, requestID: String
    ) -> InferenceRequest {
        var dialectHeaders: [(name: String, value: String)] = []
        if format == .anthropicMessages {
            for name in ["anthropic-version", "anthropic-beta"] {
                let values = head.headers[name]
                if !values.isEmpty { dialectHeaders.append((name, values.joined(separator: ","))) }
            }
        }
        var request = InferenceRequest(
            id: requestID, receivedAt: plane.clock.wallMilliseconds(), clientFormat: format, path: path, body: body,
            clientKey: key, dialectHeaders: dialectHeaders,
            isStrict: head.headers.first(name: "x-omniroute-strict")?.lowercased() == "true", operation: operation)
        request.arrivedAt = plane.clock.monotonicNanoseconds()
        request.session =
            ["x-session-id", "x-omniroute-session", "session-id"].lazy.compactMap {
                head.headers.first(name: $0)
            }.first
        request.idempotency = IdempotencyMark(head.headers)
        request.wantsProgress = head.headers.first(name: "x-omniroute-progress")?.lowercased() == "true"
        request.bypassesCache =
            head.headers.first(name: "x-omniroute-no-cache")?.lowercased() == "true"
            || head.headers.first(name: "cache-control").map(Self.forbidsCaching) ?? false
        request.wantsOverhead = head.headers.first(name: "x-omniroute-overhead")?.lowercased() == "true"
        request.wantsRoute = head.headers.first(name: "x-omniroute-route")?.lowercased() == "true"
        return request
    }

    private static func forbidsCaching(_ directives: String) -> Bool {
        directives.lowercased().split(separator: ",").contains { directive in
            ["no-cache", "no-store"].contains(String(directive).trimmed)
        }
    }

    private func answer(_ body: [UInt8], writer: ChannelResponseWriter, requestID: String) {
        var headers = AnswerHeaders.base(requestID: requestID, format: format)
        headers.append(("content-type", "application/json"))
        writer.respond(status: 200, headers: headers, body: ByteBuffer(bytes: body))
    }

    private func parsedBody() throws(UpstreamFault) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: body)
        } catch {
            throw UpstreamFault(
                .invalidRequest, message: "the request body is not valid JSON: \(error)", code: "invalid_json")
        }
    }

    private func preflight(_ writer: ChannelResponseWriter) {
        let requested = head.headers.first(name: "access-control-request-headers") ?? "*"
        writer.respond(
            status: 204,
            headers: [
                ("access-control-allow-methods", "GET, POST, DELETE, OPTIONS"),
                ("access-control-allow-headers", AnswerHeaders.sanitized(requested)),
                ("access-control-max-age", "600"),
            ], body: ByteBuffer())
    }
}

extension String {
    /// With `%XX` sequences decoded; malformed ones stay as they are.
    var percentDecoded: String {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        var output: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                output.append(value)
                rest = rest.dropFirst(2)
            } else {
                output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
