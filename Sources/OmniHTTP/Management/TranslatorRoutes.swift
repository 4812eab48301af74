import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON
import OmniTranslate

/// Translations to look at: pure calls that send nothing and are remembered nowhere.
extension ManagementAPI {
    var translatorRoutes: [ManagementRoute] {
        let limit = 16 << 20
        return [
            ManagementRoute(
                .post, "/api/translator/detect", .read, "translator.detect", maximumBody: limit, detectDialect),
            ManagementRoute(
                .post, "/api/translator/translate", .read, "translator.translate", maximumBody: limit,
                translateRequest),
            ManagementRoute(
                .post, "/api/translator/stream", .read, "translator.stream", maximumBody: limit, translateStream),
        ]
    }

    /// Which dialect `body`, a JSON object or a text, is most likely of: a request, an answer or a recorded stream.
    private func detectDialect(_ call: ManagementRequest) async throws -> ManagementResponse {
        let bytes = try Self.bytes("body", of: call)
        let found = DialectDetection(of: bytes)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(found != nil)
            writer.key("format")
            if let found { writer.string(found.format.rawValue) } else { writer.null() }
            if let found {
                writer.key("kind")
                writer.string(found.kind.rawValue)
                writer.key("certain")
                writer.value(found.isCertain)
                writer.texts("signs", found.signs)
            } else {
                writer.key("error")
                writer.value("the text looks like no request, answer or stream of a dialect that is known here")
            }
            writer.endObject()
        }
    }

    /// What upstreams would receive of a request, byte for byte, and what would be lost on the way.
    ///
    /// `body` is the request, as an object or a text; `sourceFormat` its dialect, found out where it is missing. Where it goes
    /// is said by `targets`: names a client could ask for, or objects with `format`, `model` and `provider`. Besides:
    /// `model` and `stream` (Gemini says both in its path), `headers` (`anthropic-version`, `anthropic-beta`), `strict`.
    private func translateRequest(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard let workbench = dependencies.workbench else { throw ManagementError.notFound("endpoint") }
        let bytes = try Self.bytes("body", of: call)
        let detected = DialectDetection(of: bytes)
        guard let source = try Self.format("sourceFormat", of: call) ?? detected?.format else {
            throw ManagementError.invalid("sourceFormat", "required: the body looks like no dialect that is known here")
        }
        let configuration = try await dependencies.store.load()
        let snapshot = CatalogSnapshot(configuration: configuration, catalog: dependencies.catalog)
        let request = try translated(bytes, of: source, call)
        let model = try Self.model(of: bytes, request)
        let wishes = try TargetWish.list(call, source: source, model: model)
        var found: [(wish: TargetWish, targets: [Target], fault: String?)] = []
        for wish in wishes {
            do throws(UpstreamFault) {
                found.append((wish, try wish.targets(in: snapshot, clientFormat: source), nil))
            } catch {
                found.append((wish, [], error.message))
            }
        }
        let results: [RehearsedRequest]
        do throws(UpstreamFault) {
            results = try workbench.rehearse(request, for: found.flatMap(\.targets), in: snapshot)
        } catch {
            throw ManagementError.invalid("body", error.message)
        }
        let names = UsageNames(configuration)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(results.contains { $0.refusal == nil })
            writer.key("sourceFormat")
            writer.string(source.rawValue)
            writer.key("detected")
            if let detected { writer.string(detected.format.rawValue) } else { writer.null() }
            writer.optional("model", model)
            writer.key("targets")
            writer.beginArray()
            var next = results.makeIterator()
            for entry in found {
                if let fault = entry.fault { writer.unreachable(entry.wish, fault) }
                for _ in entry.targets {
                    guard let result = next.next() else { break }
                    writer.rehearsed(result, wish: entry.wish, names: names)
                }
            }
            writer.endArray()
            // For clients that know one target only.
            writer.key("result")
            if let first = results.first, first.refusal == nil {
                writer.raw(first.body[...])
            } else {
                writer.null()
            }
            writer.endObject()
        }
    }

    /// A recorded stream, step by step: each event as it came, what it means, and what a client of another dialect reads.
    ///
    /// `stream` is the recording as a text, `from` its dialect, found out where it is missing, `to` the client's. Besides:
    /// `model` and `provider` of the upstream, and `includeUsage` (whether a Chat client asked for usage).
    private func translateStream(_ call: ManagementRequest) async throws -> ManagementResponse {
        let bytes = try Self.bytes("stream", of: call)
        guard let from = try Self.format("from", of: call) ?? DialectDetection(of: bytes)?.format else {
            throw ManagementError.invalid("from", "required: the stream looks like no dialect that is known here")
        }
        guard let to = try Self.format("to", of: call) else { throw ManagementError.invalid("to", "required") }
        let provider = try call.body.string("provider", maximum: 200) ?? from.usualProvider
        let model = try call.body.string("model", maximum: 400) ?? "model"
        var context = TranslationContext(
            model: model, provider: provider,
            capabilities: .lookup(provider: provider, model: model, maxOutput: nil),
            now: Int(dependencies.clock.wallMilliseconds() / 1000))
        context.includesStreamUsage = try call.body.bool("includeUsage") ?? true
        // A recording may have been cut at its end; what Chat lacks then is told as it is for compatible servers.
        context.capabilities.endsStreamsWithDone = false
        let inspection = StreamInspection(of: bytes, from: from, to: to, context: context)
        guard !inspection.steps.isEmpty else {
            throw ManagementError.invalid("stream", "holds no event of \(from.rawValue)")
        }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("from")
            writer.string(from.rawValue)
            writer.key("to")
            writer.string(to.rawValue)
            writer.key("passthrough")
            writer.value(from == to)
            writer.inspection(inspection)
            writer.endObject()
        }
    }

    // MARK: Parts

    /// A member that is a JSON value, taken as it stands, or a text that is one or is a stream.
    private static func bytes(_ name: StaticString, of call: ManagementRequest) throws -> [UInt8] {
        guard let value = try call.body.fields.value(name) else { throw ManagementError.invalid("\(name)", "required") }
        let bytes = value.text?.decodedBytes ?? Array(value.raw)
        guard bytes.contains(where: { $0 > 0x20 }) else {
            throw ManagementError.invalid("\(name)", "must not be empty")
        }
        return bytes
    }

    fileprivate static func format(_ name: StaticString, of call: ManagementRequest) throws -> WireFormat? {
        guard let text = try call.body.string(name, maximum: 40), !text.isEmpty, text != "auto" else { return nil }
        guard let format = WireFormat(dialect: text) else {
            throw ManagementError.invalid("\(name)", WireFormat.choice)
        }
        return format
    }

    /// A request as the data plane would have made it of a client's.
    private func translated(
        _ bytes: [UInt8], of source: WireFormat, _ call: ManagementRequest
    ) throws -> InferenceRequest {
        var operation = RequestOperation()
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw ManagementError.invalid("body", "is not valid JSON: \(error)")
        }
        guard value.kind == .object else { throw ManagementError.invalid("body", "must be a JSON object") }
        if source == .gemini {
            let named = try call.body.string("model", maximum: 400) ?? value["model"]?.string
            operation.model = named.flatMap { $0.isEmpty ? nil : $0 } ?? "model"
            operation.isStreaming = try call.body.bool("stream") ?? value["stream"]?.bool ?? false
        }
        operation.isGenerate = value["prompt"]?.kind == .string && value["messages"] == nil
        var headers: [(name: String, value: String)] = []
        if let given = try call.body.nested("headers") {
            if let version = try given.string("anthropic-version", maximum: 100) {
                headers.append(("anthropic-version", version))
            }
            if let beta = try given.string("anthropic-beta", maximum: 1000) { headers.append(("anthropic-beta", beta)) }
        }
        return InferenceRequest(
            id: "translator", receivedAt: dependencies.clock.wallMilliseconds(), clientFormat: source,
            path: "/api/translator/translate", body: bytes, dialectHeaders: headers,
            isStrict: try call.body.bool("strict") ?? false, operation: operation)
    }

    private static func model(of bytes: [UInt8], _ request: InferenceRequest) throws -> String? {
        if let named = request.operation.model { return named == "model" ? nil : named }
        return try JSONValue(parsing: bytes)["model"]?.string
    }
}

extension JSONWriter {
    fileprivate mutating func unreachable(_ wish: TargetWish, _ fault: String) {
        beginObject()
        key("name")
        string(wish.name)
        key("error")
        beginObject()
        key("message")
        string(fault)
        endObject()
        endObject()
    }

    fileprivate mutating func rehearsed(_ result: RehearsedRequest, wish: TargetWish, names: UsageNames) {
        beginObject()
        key("name")
        string(wish.name)
        key("provider")
        string(result.target.provider.rawValue)
        optional("connectionId", result.target.connection?.rawValue)
        optional("connectionName", result.target.connection.flatMap { names.connections[$0] })
        key("model")
        string(result.target.model)
        key("format")
        string(result.target.format.rawValue)
        key("passthrough")
        value(result.isPassthrough)
        if let endpoint = result.endpoint, !wish.isImagined {
            key("url")
            let port = [80, 443].contains(endpoint.port) ? "" : ":\(endpoint.port)"
            string("\(endpoint.scheme.rawValue)://\(endpoint.host)\(port)\(endpoint.path.prefix { $0 != "?" })")
        }
        key("headers")
        beginObject()
        for header in result.headers {
            key(JSONText(header.name))
            string(header.value)
        }
        endObject()
        key("body")
        if result.refusal == nil { value(JSONText(escaping: result.body)) } else { null() }
        key("bytes")
        value(result.body.count)
        losses(result.report)
        texts("fetched", result.unreadAddresses)
        key("error")
        if let refusal = result.refusal {
            beginObject()
            key("message")
            string(refusal.message)
            optional("field", refusal.path)
            key("code")
            string(refusal.code.rawValue)
            endObject()
        } else {
            null()
        }
        endObject()
    }

    fileprivate mutating func texts(_ name: StaticString, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }

    fileprivate mutating func losses(_ report: TranslationReport) {
        key("losses")
        beginArray()
        for loss in report.losses {
            beginObject()
            key("field")
            string(loss.field)
            key("reason")
            string(loss.reason)
            endObject()
        }
        endArray()
    }

    fileprivate mutating func inspection(_ inspection: StreamInspection) {
        key("steps")
        beginArray()
        for step in inspection.steps {
            beginObject()
            key("input")
            value(JSONText(escaping: step.input))
            key("events")
            beginArray()
            for event in step.events { event.write(into: &self) }
            endArray()
            key("output")
            beginArray()
            for frame in step.output { value(JSONText(escaping: frame)) }
            endArray()
            key("commits")
            value(step.commits)
            endObject()
        }
        endArray()
        key("isCut")
        value(inspection.isCut)
        losses(inspection.report)
        key("usage")
        if let usage = inspection.usage {
            beginObject()
            usage.writeMembers(into: &self)
            endObject()
        } else {
            null()
        }
        key("error")
        if let failure = inspection.failure {
            beginObject()
            key("message")
            string(failure.message)
            key("kind")
            string(failure.kind.rawValue)
            endObject()
        } else {
            null()
        }
    }
}
