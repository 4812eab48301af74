import NIOHTTP1
import OmniCore

/// The header fields of a request that mean something to the data plane, found in one pass over all of them.
///
/// Values stay bytes: most are never asked for, and a string of each would cost more than all that is.
struct RequestFields {
    /// A field by its name in lower case.
    enum Name: String, CaseIterable {
        case allowedHeaders = "access-control-request-headers"
        case anthropicBeta = "anthropic-beta"
        case anthropicVersion = "anthropic-version"
        case apiKey = "x-api-key"
        case authorization = "authorization"
        case cacheControl = "cache-control"
        case contentEncoding = "content-encoding"
        case contentLength = "content-length"
        case contentType = "content-type"
        case expect = "expect"
        case fetchSite = "sec-fetch-site"
        case googleClient = "x-goog-api-client"
        case googleKey = "x-goog-api-key"
        case host = "host"
        case idempotencyKey = "idempotency-key"
        case noCache = "x-omniroute-no-cache"
        case omniSession = "x-omniroute-session"
        case origin = "origin"
        case overhead = "x-omniroute-overhead"
        case progress = "x-omniroute-progress"
        case requestID = "x-request-id"
        case route = "x-omniroute-route"
        case session = "x-session-id"
        case shortSession = "session-id"
        case strict = "x-omniroute-strict"
        case traceParent = "traceparent"
    }

    /// Where the value of a field is.
    struct Field {
        let name: Name
        let start: UInt32
        let end: UInt32

        init(_ name: Name, at value: Range<Int>) {
            self.name = name
            start = UInt32(value.lowerBound)
            end = UInt32(value.upperBound)
        }

        fileprivate var range: Range<Int> { Int(start)..<Int(end) }
    }

    private let bytes: [UInt8]
    private let found: [Field]

    /// - Parameters:
    ///   - bytes: in which all values are; they may be far apart in it.
    ///   - found: in the order they came in.
    init(bytes: [UInt8], found: [Field]) {
        self.bytes = bytes
        self.found = found
    }

    /// - Parameter beginning: kept before the values, for ``text(at:)``.
    init(_ headers: HTTPHeaders, after beginning: String = "") {
        var bytes = Array(beginning.utf8)
        var found: [Field] = []
        for (name, value) in headers {
            var name = name
            guard let known = name.withUTF8({ Self.known(UnsafeRawBufferPointer($0)) }) else { continue }
            let start = bytes.count
            bytes += value.utf8
            found.append(Field(known, at: start..<bytes.count))
        }
        self.init(bytes: bytes, found: found)
    }

    /// The first value of a field; nil when it is absent.
    subscript(_ name: Name) -> String? { first(name).map { text(at: $0) } }

    /// All values of a field, as one; nil when it is absent.
    func joined(_ name: Name) -> String? {
        guard first(name) != nil else { return nil }
        return found.filter { $0.name == name }.map { text(at: $0.range) }.joined(separator: ",")
    }

    func holds(_ name: Name) -> Bool { first(name) != nil }

    /// Whether a field says `true`.
    func isTrue(_ name: Name) -> Bool { says("true", name) }

    /// Whether a field has one value and no other, in any case.
    func says(_ word: StaticString, _ name: Name) -> Bool {
        withValue(of: name) { $0.spells(word) } ?? false
    }

    /// The bytes of a field's first value; nil when it is absent.
    func withValue<Result>(of name: Name, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        guard let range = first(name) else { return nil }
        return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    func text(at range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private func first(_ name: Name) -> Range<Int>? {
        for field in found where field.name == name { return field.range }
        return nil
    }

    // MARK: Names

    /// - Parameter name: characters of names only, in any case.
    static func known(_ name: UnsafeRawBufferPointer) -> Name? {
        // By length first, for few names share one. Spelled again, for strings would have to be taken apart each time.
        switch name.count {
        case 4: name.spells("host") ? .host : nil
        case 6: name.spells("expect") ? .expect : name.spells("origin") ? .origin : nil
        case 9: name.spells("x-api-key") ? .apiKey : nil
        case 10: name.spells("session-id") ? .shortSession : nil
        case 11: name.spells("traceparent") ? .traceParent : nil
        case 12:
            name.spells("content-type")
                ? .contentType : name.spells("x-request-id") ? .requestID : name.spells("x-session-id") ? .session : nil
        case 13: name.spells("authorization") ? .authorization : name.spells("cache-control") ? .cacheControl : nil
        case 14:
            name.spells("content-length")
                ? .contentLength
                : name.spells("anthropic-beta")
                    ? .anthropicBeta
                    : name.spells("x-goog-api-key") ? .googleKey : name.spells("sec-fetch-site") ? .fetchSite : nil
        case 15: name.spells("idempotency-key") ? .idempotencyKey : nil
        case 16: name.spells("content-encoding") ? .contentEncoding : nil
        case 17:
            name.spells("anthropic-version")
                ? .anthropicVersion
                : name.spells("x-goog-api-client") ? .googleClient : name.spells("x-omniroute-route") ? .route : nil
        case 18: name.spells("x-omniroute-strict") ? .strict : nil
        case 19: name.spells("x-omniroute-session") ? .omniSession : nil
        case 20:
            name.spells("x-omniroute-no-cache")
                ? .noCache
                : name.spells("x-omniroute-overhead")
                    ? .overhead : name.spells("x-omniroute-progress") ? .progress : nil
        case 30: name.spells("access-control-request-headers") ? .allowedHeaders : nil
        default: nil
        }
    }
}
