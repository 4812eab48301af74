import NIOHTTP1
import OmniCore

/// Reads a request's head line by line, as it comes (RFC 9112), when it is one the data plane takes.
///
/// It knows the usual and undoubted forms only. Whatever is unusual or forbidden is ``Outcome/foreign``: another decoder reads
/// the request again from its first byte and decides. So what is taken here need only be a part of what is legal, and nothing
/// is understood in two ways.
struct RequestHeadReader {
    enum Outcome: Equatable {
        /// More has to come.
        case incomplete
        /// The head is so many bytes long, with the empty line at its end.
        case whole(Int)
        /// No request of the data plane's, or none that is understood here.
        case foreign
    }

    /// How the end of the body is found (RFC 9112 6.3).
    enum Framing: Equatable {
        case sized(Int)
        case chunked
    }

    /// Longer heads are foreign.
    static let maximumBytes = 64 << 10
    /// Heads of more fields are foreign; what Hummingbird allows.
    static let maximumFields = 1000

    /// Known once the request line is read.
    private(set) var route: InferenceRoute?
    private var isLineRead = false
    private var commonPath: String?
    private var method = HTTPMethod.POST
    private var target = 0..<0
    private var isNewest = false
    private var fields: [RequestFields.Field] = []
    private var fieldCount = 0
    private var length: Int?
    private var isChunked = false
    private var isClosing = false
    private var isKeeping = false
    /// Where the first line begins that was not read, and how much of it was seen to be text.
    private var lineStart = 0
    private var searched = 0

    /// How the body of the head that was read ends; without a word about it there is none.
    var framing: Framing { isChunked ? .chunked : .sized(length ?? 0) }

    /// - Parameter bytes: all that came from the request line on, also what was there the last time.
    mutating func read(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        while lineStart < bytes.count {
            let end = HTTPCharacters.endOfText(in: bytes, from: max(lineStart, searched))
            searched = end
            guard end + 1 < bytes.count else {
                guard end == bytes.count || bytes[end] == HTTPCharacters.carriageReturn else { return .foreign }
                break
            }
            // No control characters, and no line ends that others could understand differently.
            guard bytes[end] == HTTPCharacters.carriageReturn, bytes[end + 1] == HTTPCharacters.lineFeed else {
                return .foreign
            }
            let line = lineStart..<end
            if !isLineRead {
                guard readRequestLine(line, of: bytes) else { return .foreign }
                isLineRead = true
            } else if line.isEmpty {
                guard end + 2 <= Self.maximumBytes, !isChunked || length == nil else { return .foreign }
                return .whole(end + 2)
            } else {
                guard readField(line, of: bytes) else { return .foreign }
            }
            lineStart = end + 2
        }
        guard bytes.count <= Self.maximumBytes, isLineRead || Self.mayBeMethod(bytes) else { return .foreign }
        return .incomplete
    }

    /// The head that was read.
    /// - Parameter bytes: what was given to ``read(_:)``, up to the head's end.
    func head(in bytes: [UInt8]) -> RequestHead {
        RequestHead(
            method: method, target: target, fields: RequestFields(bytes: bytes, found: fields), takesChunks: isNewest,
            keepsAlive: !isClosing && (isNewest || isKeeping), length: length, commonPath: commonPath)
    }

    // MARK: Request line

    /// `POST /v1/chat/completions HTTP/1.1`.
    private mutating func readRequestLine(_ line: Range<Int>, of bytes: UnsafeRawBufferPointer) -> Bool {
        let line = UnsafeRawBufferPointer(rebasing: bytes[line])
        guard let space = line.firstIndex(of: HTTPCharacters.space), let method = Self.method(line[..<space]),
            line.count > space + 1 + Self.newestVersion.utf8CodeUnitCount
        else { return false }
        target = (space + 1)..<(line.count - Self.newestVersion.utf8CodeUnitCount)
        let version = UnsafeRawBufferPointer(rebasing: line[target.upperBound...])
        isNewest = version.isExactly(Self.newestVersion)
        guard isNewest || version.isExactly(Self.oldVersion) else { return false }
        self.method = method
        let path = UnsafeRawBufferPointer(rebasing: line[target])
        if method == .POST, let (route, text) = InferenceRoute.common(path) {
            self.route = route
            commonPath = text
            return true
        }
        guard path.allSatisfy({ $0 > HTTPCharacters.space && $0 < 0x7F }) else { return false }
        guard let route = InferenceRoute(method: method, uri: String(decoding: path, as: UTF8.self)) else {
            return false
        }
        self.route = route
        return true
    }

    private static let newestVersion: StaticString = " HTTP/1.1"
    private static let oldVersion: StaticString = " HTTP/1.0"

    private static func method(_ name: Slice<UnsafeRawBufferPointer>) -> HTTPMethod? {
        let name = UnsafeRawBufferPointer(rebasing: name)
        if name.isExactly("POST") { return .POST }
        if name.isExactly("GET") { return .GET }
        if name.isExactly("OPTIONS") { return .OPTIONS }
        if name.isExactly("HEAD") { return .HEAD }
        if name.isExactly("DELETE") { return .DELETE }
        if name.isExactly("PUT") { return .PUT }
        return name.isExactly("PATCH") ? .PATCH : nil
    }

    /// Whether a line can still become a request's: what cannot is not waited for.
    private static func mayBeMethod(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let name = bytes.prefix { $0 != HTTPCharacters.space }
        return name.count < 16 && name.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }

    // MARK: Fields

    /// `name: value`.
    private mutating func readField(_ line: Range<Int>, of bytes: UnsafeRawBufferPointer) -> Bool {
        guard let (name, value) = HTTPCharacters.field(line, of: bytes) else { return false }
        fieldCount += 1
        guard fieldCount <= Self.maximumFields else { return false }
        let text = UnsafeRawBufferPointer(rebasing: bytes[name])
        if let known = RequestFields.known(text) {
            fields.append(RequestFields.Field(known, at: value))
            return known != .contentLength || readLength(UnsafeRawBufferPointer(rebasing: bytes[value]))
        }
        if text.spells("connection") { readConnection(UnsafeRawBufferPointer(rebasing: bytes[value])) }
        if text.spells("transfer-encoding") {
            guard isNewest, !isChunked, UnsafeRawBufferPointer(rebasing: bytes[value]).spells("chunked") else {
                return false
            }
            isChunked = true
        }
        return true
    }

    private mutating func readLength(_ value: UnsafeRawBufferPointer) -> Bool {
        guard length == nil, let number = HTTPCharacters.number(value) else { return false }
        length = number
        return true
    }

    private mutating func readConnection(_ value: UnsafeRawBufferPointer) {
        if HTTPCharacters.list(value, holds: "close") { isClosing = true }
        if HTTPCharacters.list(value, holds: "keep-alive") { isKeeping = true }
    }
}
