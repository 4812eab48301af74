import OmniCore
import OmniJSON
import OmniTranslate

/// Where a translation to look at shall go: a name a client could ask for, or a dialect with a model nobody here need have.
struct TargetWish: Sendable {
    /// As it was asked for.
    var name: String
    /// Set when the target is made up.
    var imagined: Target?

    var isImagined: Bool { imagined != nil }

    /// The targets of a call: `targets`, else `targetFormat` with `targetModel`, else all dialects but the client's.
    static func list(_ call: ManagementRequest, source: WireFormat, model: String?) throws -> [TargetWish] {
        guard let list = try call.body.fields.value("targets") else {
            return try one(call, source: source, model: model)
        }
        guard list.kind == .array else { throw ManagementError.invalid("targets", "must be an array") }
        let wishes = try list.elements.enumerated().map { index, value -> TargetWish in
            if let name = value.string, !name.isEmpty, name.utf8.count <= 400 { return TargetWish(name: name) }
            let path = "targets[\(index)]"
            guard value.kind == .object else {
                throw ManagementError.invalid(path, "must be a model's name, or an object with format and model")
            }
            guard let text = value.present("format")?.string, let format = WireFormat(dialect: text) else {
                throw ManagementError.invalid("\(path).format", WireFormat.choice)
            }
            return imagined(
                format, model: value.present("model")?.string ?? model,
                provider: value.present("provider")?.string)
        }
        guard (1...20).contains(wishes.count) else { throw ManagementError.invalid("targets", "must be 1 to 20") }
        return wishes
    }

    private static func one(_ call: ManagementRequest, source: WireFormat, model: String?) throws -> [TargetWish] {
        let provider = try call.body.string("provider", maximum: 200)
        let target = try call.body.string("targetModel", maximum: 400) ?? model
        guard let text = try call.body.string("targetFormat", maximum: 40), !text.isEmpty else {
            if let named = try call.body.string("targetModel", maximum: 400), !named.isEmpty {
                return [TargetWish(name: named)]
            }
            return WireFormat.allCases.filter { $0 != source }.map { imagined($0, model: model, provider: nil) }
        }
        guard let format = WireFormat(dialect: text) else {
            throw ManagementError.invalid("targetFormat", WireFormat.choice)
        }
        return [imagined(format, model: target, provider: provider)]
    }

    private static func imagined(_ format: WireFormat, model: String?, provider: String?) -> TargetWish {
        let provider = provider ?? format.usualProvider
        let model = model ?? "model"
        let target = Target(
            provider: ProviderID(provider), connection: nil, model: model, format: format,
            endpoint: UpstreamEndpoint(scheme: .https, host: "upstream.invalid", port: 443, path: "/"), headers: [],
            capabilities: .lookup(provider: provider, model: model, maxOutput: nil),
            isNative: provider == format.usualProvider)
        return TargetWish(name: "\(format.rawValue): \(model)", imagined: target)
    }

    /// The targets a request for this name may reach, each model of a provider once.
    func targets(in snapshot: CatalogSnapshot, clientFormat: WireFormat) throws(UpstreamFault) -> [Target] {
        if let imagined { return [imagined] }
        var seen: Set<String> = []
        return try snapshot.plan(model: name, clientFormat: clientFormat).targets.filter {
            seen.insert("\($0.provider.rawValue)/\($0.model)/\($0.format.rawValue)").inserted
        }
    }
}

extension WireFormat {
    /// Reads a dialect's name, among them those that other routers use.
    init?(dialect name: String) {
        switch name.lowercased() {
        case "openai", "chat": self = .openAIChat
        case "responses": self = .openAIResponses
        case "claude", "anthropic-messages": self = .anthropicMessages
        case let name: self.init(rawValue: name)
        }
    }

    static let choice = "must be one of " + allCases.map(\.rawValue).joined(separator: ", ")

    /// The catalogue's id of whoever invented the dialect.
    var usualProvider: String {
        switch self {
        case .openAIChat, .openAIResponses: "openai"
        case .anthropicMessages: "anthropic"
        case .gemini: "gemini"
        case .ollama: "ollama"
        }
    }
}
