import NIOCore
import NIOHTTP1
import OmniCore
import OmniJSON
import OmniTranslate

/// One request received whole, before anything was decided about it.
struct DataPlaneRequest {
    let head: RequestHead
    let route: InferenceRoute
    let body: [UInt8]
    let plane: DataPlane
    let state: LoopState

    private var fields: RequestFields { head.fields }

    /// Answers what needs no upstream at once.
    /// - Returns: the request for the engine; nil when it was answered here.
    func immediateAnswer(writer: ChannelResponseWriter, handler: DataPlaneHandler) -> InferenceRequest? {
        let requestID = RequestIdentifier.make(fields, random: &state.identifiers)
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
            if fields.holds(.anthropicVersion) { return .anthropicMessages }
            return fields.holds(.googleClient) || fields.holds(.googleKey) ? .gemini : .openAIChat
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
        let key = try authenticatedKey()
        if case .chat(let format, let operation) = route {
            return inference(format, operation: operation, key: key, requestID: requestID)
        }
        answer(try immediateBody(for: key), writer: writer, requestID: requestID)
        return nil
    }

    /// Who asks, as far as that is known.
    /// - Throws: what speaks against answering.
    func authenticatedKey() throws(UpstreamFault) -> ClientKeyID? {
        let key = try ClientAuthentication.clientKey(
            of: head,
            isRequired: (plane.options.requiresClientKey ?? state.snapshot.requiresClientKey)
                || state.snapshot.requiresKeyForModels && route.isOfModels, state: state)
        // A key proves that its owner sent the request; without one, a web page may have, by way of a visitor's browser.
        if key == nil { try refuseForeignPage() }
        return key
    }

    /// The bodies of what is answered from memory.
    private func immediateBody(for key: ClientKeyID?) throws(UpstreamFault) -> [UInt8] {
        let stored = StoredResponseAnswer(
            store: plane.engine.responses, clientKey: key, now: plane.clock.wallMilliseconds())
        switch route {
        case .modelList: return state.snapshot.modelList(for: format, key: key)
        case .serviceModels(let purpose): return state.snapshot.modelList(for: purpose, key: key)
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
            authority: fields[.host] ?? "", isChange: head.method != .GET && head.method != .HEAD,
            fetchSite: fields[.fetchSite], origin: fields[.origin],
            allowedOrigin: plane.options.allowedOrigin)
        guard let objection else { return }
        throw UpstreamFault(
            .permission, message: objection.message + "; send a client key", code: objection.code)
    }

    private var path: String { head.commonPath ?? AnswerHeaders.sanitized(head.uri.withoutQuery) }

    private func inference(
        _ format: WireFormat, operation: RequestOperation, key: ClientKeyID?, requestID: String
    ) -> InferenceRequest {
        var dialectHeaders: [(name: String, value: String)] = []
        if format == .anthropicMessages {
            for name in [RequestFields.Name.anthropicVersion, .anthropicBeta] {
                if let value = fields.joined(name) { dialectHeaders.append((name.rawValue, value)) }
            }
        }
        var request = InferenceRequest(
            id: requestID, receivedAt: plane.clock.wallMilliseconds(), clientFormat: format, path: path, body: body,
            clientKey: key, dialectHeaders: dialectHeaders,
            isStrict: fields.isTrue(.strict), operation: operation)
        request.arrivedAt = plane.clock.monotonicNanoseconds()
        // Only what is no chat comes in more than one form.
        if operation.service != nil { request.contentType = fields[.contentType] }
        request.session = fields[.session] ?? fields[.omniSession] ?? fields[.shortSession]
        request.idempotency = IdempotencyMark(fields)
        request.wantsProgress = fields.isTrue(.progress)
        request.bypassesCache = fields.isTrue(.noCache) || fields[.cacheControl].map(Self.forbidsCaching) ?? false
        request.wantsOverhead = fields.isTrue(.overhead)
        request.wantsRoute = fields.isTrue(.route)
        if plane.options.readsTraceParents { request.traceParent = fields[.traceParent] }
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
        let requested = fields[.allowedHeaders] ?? "*"
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
