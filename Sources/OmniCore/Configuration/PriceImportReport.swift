public import OmniJSON

/// What became of the entries of an imported price file.
public struct PriceImportReport: Sendable, Hashable {
    public let format: PriceFile.Format
    /// Milliseconds since 1970.
    public let importedAt: Int64
    public internal(set) var entries = 0
    public internal(set) var imported = 0
    /// Entries without a price that is read; they stay unknown, or what they were.
    public internal(set) var withoutPrice = 0
    /// Entries that say again what another one said.
    public internal(set) var repeated = 0
    /// Imported entries that cost more for long contexts; the price below that counts for all.
    public internal(set) var tiered = 0
    /// Entries of providers that the catalogue does not have.
    public private(set) var otherProviders = 0
    public private(set) var otherProviderNames: [String] = []
    /// Entries that could not be read; no part of them is imported.
    public private(set) var rejected = 0
    public private(set) var rejections: [Rejection] = []

    /// An entry that was not imported.
    public struct Rejection: Sendable, Hashable {
        public var entry: String
        public var reason: String
    }

    /// Of names and reasons so many are kept; the rest is counted.
    private static let maximumExamples = 50

    init(format: PriceFile.Format, importedAt: Int64) {
        self.format = format
        self.importedAt = importedAt
    }

    mutating func reject(_ entry: String, _ reason: String) {
        rejected += 1
        guard rejections.count < Self.maximumExamples else { return }
        rejections.append(Rejection(entry: String(entry.prefix(200)), reason: reason))
    }

    mutating func leaveOut(_ provider: String) {
        otherProviders += 1
        let name = String(provider.prefix(100))
        guard otherProviderNames.count < Self.maximumExamples, !otherProviderNames.contains(name) else { return }
        otherProviderNames.append(name)
    }

    /// One line for people.
    public var summary: String {
        "\(imported) of \(entries) entries imported, \(otherProviders) of other providers, "
            + "\(withoutPrice) without a price that is read, \(repeated) repeated, \(rejected) rejected"
    }

    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("format")
        writer.string(format.rawValue)
        writer.key("importedAt")
        writer.string(ISOTime.string(importedAt))
        writer.key("entries")
        writer.value(entries)
        writer.key("imported")
        writer.value(imported)
        writer.key("withoutPrice")
        writer.value(withoutPrice)
        writer.key("repeated")
        writer.value(repeated)
        writer.key("longContextTiersIgnored")
        writer.value(tiered)
        writer.key("otherProviders")
        writer.beginObject()
        writer.key("count")
        writer.value(otherProviders)
        writer.key("names")
        writer.beginArray()
        for name in otherProviderNames { writer.string(name) }
        writer.endArray()
        writer.endObject()
        writer.key("rejected")
        writer.beginObject()
        writer.key("count")
        writer.value(rejected)
        writer.key("examples")
        writer.beginArray()
        for rejection in rejections {
            writer.beginObject()
            writer.key("entry")
            writer.string(rejection.entry)
            writer.key("reason")
            writer.string(rejection.reason)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        writer.endObject()
    }
}
