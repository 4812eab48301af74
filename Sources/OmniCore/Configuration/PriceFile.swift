import OmniJSON

/// A price file of others, read into this router's table.
///
/// Two shapes are known and told apart by what is in them: LiteLLM's `model_prices_and_context_window.json`, in dollars
/// for a token, and models.dev's `api.json`, in dollars for a million.
/// https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json, https://models.dev/api.json
public struct PriceFile: Sendable, Hashable {
    public enum Format: String, Sendable {
        case liteLLM = "litellm"
        case modelsDev = "models.dev"
    }

    /// The largest file that is read; both files have some two MiB.
    public static let maximumBytes = 16 << 20
    private static let maximumRows = 20_000

    public private(set) var table = PriceTable()
    public private(set) var report: PriceImportReport
    private let catalog: ProviderCatalog.PriceNames

    /// - Parameters: at: when it is imported, in milliseconds since 1970.
    /// - Throws: ``FieldFault`` when the file has neither shape, or no price that anything could be done with.
    public init(_ file: JSONFields, catalog: ProviderCatalog, at time: Int64) throws(FieldFault) {
        let members = file.members
        guard let format = Self.format(of: members) else {
            throw FieldFault("body", "neither a price file of LiteLLM nor one of models.dev")
        }
        self.catalog = catalog.priceNames
        report = PriceImportReport(format: format, importedAt: time)
        switch format {
        case .liteLLM: readLiteLLM(members)
        case .modelsDev: readModelsDev(members)
        }
        guard report.imported > 0 else {
            throw FieldFault("body", "no price of a provider that the catalogue knows (\(report.summary))")
        }
        guard report.imported <= Self.maximumRows else {
            throw FieldFault("body", "more than \(Self.maximumRows) prices")
        }
    }

    private static func format(of members: [(name: String, value: JSONValue)]) -> Format? {
        for (_, value) in members where value.kind == .object {
            if value["litellm_provider"] != nil { return .liteLLM }
            if value["models"]?.kind == .object { return .modelsDev }
        }
        return nil
    }

    // MARK: Shapes

    private mutating func readLiteLLM(_ members: [(name: String, value: JSONValue)]) {
        // The first entry explains the fields.
        for (name, entry) in members where name != "sample_spec" {
            report.entries += 1
            guard entry.kind == .object, let owner = entry["litellm_provider"]?.string else {
                report.reject(name, "no litellm_provider")
                continue
            }
            guard let provider = catalog[owner] else {
                report.leaveOut(owner)
                continue
            }
            do throws(FieldFault) {
                var row = PriceRow(
                    input: try Self.dollars("input_cost_per_token", in: entry, shift: 6),
                    output: try Self.dollars("output_cost_per_token", in: entry, shift: 6),
                    cached: try Self.dollars("cache_read_input_token_cost", in: entry, shift: 6),
                    reasoning: try Self.dollars("output_cost_per_reasoning_token", in: entry, shift: 6),
                    cacheCreation: try Self.dollars("cache_creation_input_token_cost", in: entry, shift: 6))
                try Self.readUnits(of: entry, into: &row)
                let isTiered = entry.members.contains { $0.name.string.contains("_above_") }
                if row.isBilledOtherwise(in: entry) { row = row.withoutTokenPrices }
                add(row, of: provider, model: unprefixed(name, provider), isTiered: isTiered)
            } catch {
                report.reject(name, "\(error)")
            }
        }
    }

    /// Prices of what is not counted in tokens.
    ///
    /// The same names mean other things elsewhere: chat models have prices for images they look at, and for seconds of
    /// reserved machines.
    private static func readUnits(of entry: JSONValue, into row: inout PriceRow) throws(FieldFault) {
        switch entry.present("mode")?.string {
        case "image_generation", "image_edit":
            row.image = try dollars("output_cost_per_image", in: entry)
            if row.image == nil { row.image = try dollars("input_cost_per_image", in: entry) }
        case "audio_transcription": row.audioSecond = try dollars("input_cost_per_second", in: entry)
        case "audio_speech": row.characters = try dollars("input_cost_per_character", in: entry, shift: 6)
        case "rerank": row.search = try dollars("input_cost_per_query", in: entry)
        default: break
        }
        row.request = try dollars("input_cost_per_request", in: entry)
    }

    private mutating func readModelsDev(_ members: [(name: String, value: JSONValue)]) {
        for (owner, group) in members {
            guard let models = group["models"], models.kind == .object else {
                report.entries += 1
                report.reject(owner, "no models")
                continue
            }
            let provider = catalog[owner]
            for model in models.members {
                report.entries += 1
                guard let provider else {
                    report.leaveOut(owner)
                    continue
                }
                let name = model.name.string
                do throws(FieldFault) {
                    guard model.value.kind == .object else { throw FieldFault("models", "must hold objects") }
                    let cost = model.value.present("cost")
                    if let cost, cost.kind != .object { throw FieldFault("cost", "must be an object") }
                    func dollars(_ name: StaticString) throws(FieldFault) -> Double? {
                        guard let cost else { return nil }
                        return try Self.dollars(name, in: cost)
                    }
                    let row = PriceRow(
                        input: try dollars("input"), output: try dollars("output"), cached: try dollars("cache_read"),
                        reasoning: try dollars("reasoning"), cacheCreation: try dollars("cache_write"))
                    add(row, of: provider, model: name, isTiered: cost?["context_over_200k"] != nil)
                } catch {
                    report.reject("\(owner)/\(name)", "\(error)")
                }
            }
        }
    }

    // MARK: Parts

    private mutating func add(_ row: PriceRow, of provider: ProviderID, model: String, isTiered: Bool) {
        guard !row.isEmpty else {
            report.withoutPrice += 1
            return
        }
        guard !model.isEmpty, model.utf8.count <= 400 else {
            report.reject(String(model.prefix(100)), "names of models have 1 to 400 bytes")
            return
        }
        if let known = table[provider, model] {
            // LiteLLM lists some models with and without their provider in front.
            if known != row {
                report.reject("\(provider)/\(model)", "has another price further up")
            } else {
                report.repeated += 1
            }
            return
        }
        table[provider, model] = row
        report.imported += 1
        if isTiered { report.tiered += 1 }
    }

    /// LiteLLM writes `gemini/gemini-2.5-pro`, and `openrouter/openai/gpt-4o` for a model whose id has a slash itself.
    private func unprefixed(_ name: String, _ provider: ProviderID) -> String {
        guard let slash = name.firstIndex(of: "/"), catalog[String(name[..<slash])] == provider else { return name }
        return String(name[name.index(after: slash)...])
    }

    /// - Parameter shift: the power of ten that makes it dollars for a million tokens.
    ///
    /// Shifted in the text: `2.8e-06` times a million is not quite 2.8.
    private static func dollars(
        _ name: StaticString, in entry: JSONValue, shift: Int = 0
    ) throws(FieldFault) -> Double? {
        guard let value = entry.present(name) else { return nil }
        let text = String(decoding: value.raw, as: UTF8.self)
        let parts = text.split(whereSeparator: { $0 == "e" || $0 == "E" })
        guard value.kind == .number, let mantissa = parts.first, parts.count <= 2,
            let exponent = parts.count == 2 ? Int(parts[1]) : 0, abs(exponent) < 1000,
            let dollars = Double("\(mantissa)e\(exponent + shift)"), (0...1_000_000).contains(dollars)
        else { throw FieldFault("\(name)", "is no price") }
        return dollars
    }
}

extension PriceRow {
    /// Whether the tokens are free because something else is paid for, such as pictures, seconds or queries.
    fileprivate func isBilledOtherwise(in entry: JSONValue) -> Bool {
        let prices = [input, output, cached, reasoning, cacheCreation].compactMap { $0 }
        guard prices.allSatisfy({ $0 == 0 }) else { return false }
        return entry.members.contains { $0.name.string.contains("cost_per_") && ($0.value.double ?? 0) > 0 }
    }
}

extension ProviderCatalog {
    /// Finds providers by the names of price files.
    struct PriceNames: Sendable, Hashable {
        var names: [String: ProviderID]

        subscript(_ name: String) -> ProviderID? { names[name.lowercased()] }
    }

    /// Ids, and the names that are not ids; short prefixes could mean another provider elsewhere.
    fileprivate var priceNames: PriceNames {
        var names: [String: ProviderID] = [:]
        for provider in providers where !provider.isSimulator { names[provider.id.rawValue] = provider.id }
        return PriceNames(names: names.merging(priceFileNames) { $1 })
    }
}
