import NIOHTTP1

/// The header fields of a request that mean something to the data plane, found in one pass over all of them.
///
/// Each look-up in the list itself compares every name in it, and most of what is asked for is not there.
struct RequestFields {
    /// A field by its name in lower case.
    enum Name: String, CaseIterable {
        case anthropicBeta = "anthropic-beta"
        case anthropicVersion = "anthropic-version"
        case apiKey = "x-api-key"
        case authorization = "authorization"
        case cacheControl = "cache-control"
        case contentEncoding = "content-encoding"
        case contentLength = "content-length"
        case contentType = "content-type"
        case expect = "expect"
        case googleClient = "x-goog-api-client"
        case googleKey = "x-goog-api-key"
        case idempotencyKey = "idempotency-key"
        case noCache = "x-omniroute-no-cache"
        case omniSession = "x-omniroute-session"
        case overhead = "x-omniroute-overhead"
        case progress = "x-omniroute-progress"
        case requestID = "x-request-id"
        case route = "x-omniroute-route"
        case session = "x-session-id"
        case shortSession = "session-id"
        case strict = "x-omniroute-strict"
        case traceParent = "traceparent"
    }

    private var found: [(name: Name, value: String)] = []

    init(_ headers: HTTPHeaders) {
        for (name, value) in headers {
            if let known = Self.known(name) { found.append((known, value)) }
        }
    }

    /// The first value of a field; nil when it is absent.
    subscript(_ name: Name) -> String? {
        for field in found where field.name == name { return field.value }
        return nil
    }

    /// All values of a field, as one; nil when it is absent.
    func joined(_ name: Name) -> String? {
        let values = found.filter { $0.name == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ",")
    }

    /// Whether a field says `true`.
    func isTrue(_ name: Name) -> Bool { self[name]?.lowercased() == "true" }

    // MARK: Names

    /// By length: few names share one.
    private static let table: [[(bytes: [UInt8], name: Name)]] = {
        let longest = Name.allCases.map(\.rawValue.utf8.count).max() ?? 0
        return (0...longest).map { length in
            Name.allCases.filter { $0.rawValue.utf8.count == length }.map { (Array($0.rawValue.utf8), $0) }
        }
    }()

    private static func known(_ name: String) -> Name? {
        var name = name
        return name.withUTF8 { bytes in
            guard bytes.count < table.count else { return nil }
            for candidate in table[bytes.count] where matches(bytes, candidate.bytes) { return candidate.name }
            return nil
        }
    }

    /// Capital and small letters differ in one bit, which digits and hyphens have set as well.
    private static func matches(_ bytes: UnsafeBufferPointer<UInt8>, _ name: [UInt8]) -> Bool {
        for index in bytes.indices where bytes[index] | 0x20 != name[index] { return false }
        return true
    }
}
