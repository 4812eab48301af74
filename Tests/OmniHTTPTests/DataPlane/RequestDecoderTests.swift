import NIOCore
import NIOEmbedded
import NIOHTTP1
import OmniCore
import TestSupport
import Testing

@testable import OmniHTTP

/// What is a request, where it ends, and what is left to the codec of everything else.
struct RequestDecoderTests {
    /// What was understood of one request.
    struct Understood: Equatable, Sendable {
        var method: String
        var uri: String
        var keepsAlive: Bool
        var fields: [String: String]
        var body: [UInt8]
    }

    enum Ending: Equatable, Sendable { case waiting, foreign, broken }

    struct Outcome: Equatable, Sendable {
        var requests: [Understood] = []
        var ending = Ending.waiting
        /// What was not read.
        var rest: [UInt8] = []
    }

    /// Reads what comes in these pieces.
    static func read(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
        var decoder = RequestDecoder()
        var outcome = Outcome()
        var current: Understood?
        for piece in pieces {
            decoder.append(ByteBuffer(bytes: piece))
            reading: while let next = decoder.next() {
                switch next {
                case .head(let head, _):
                    let fields = RequestFields.Name.allCases.compactMap { name in
                        head.fields.joined(name).map { (name.rawValue, $0) }
                    }
                    current = Understood(
                        method: head.method.rawValue, uri: head.uri, keepsAlive: head.keepsAlive,
                        fields: Dictionary(uniqueKeysWithValues: fields), body: [])
                case .bytes(let bytes): current?.body += bytes.readableBytesView
                case .end:
                    if let current { outcome.requests.append(current) }
                    current = nil
                case .foreign:
                    outcome.ending = .foreign
                    break reading
                case .broken: outcome.ending = .broken
                }
            }
        }
        outcome.rest = decoder.takeInput().map { Array($0.readableBytesView) } ?? []
        return outcome
    }

    static func read(_ wire: String) -> Outcome { read([Array(wire.utf8)[...]]) }

    private static let line = "POST /v1/messages HTTP/1.1\r\n"

    private static let legal: [(wire: String, method: String, uri: String, body: String)] = [
        ("POST /v1/messages HTTP/1.1\r\n\r\n", "POST", "/v1/messages", ""),
        ("POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}", "POST", "/v1/messages", "{}"),
        ("POST /v1/chat/completions?x=y HTTP/1.1\r\nHost:a\r\n\r\n", "POST", "/v1/chat/completions?x=y", ""),
        ("GET /v1/models HTTP/1.0\r\n\r\n", "GET", "/v1/models", ""),
        ("DELETE /v1/responses/a%20b HTTP/1.1\r\nx-a:\r\nx-b: \t \r\n\r\n", "DELETE", "/v1/responses/a%20b", ""),
        ("\r\n\r\nHEAD /v1/models HTTP/1.1\r\nx: a\tb \u{E9}\r\n\r\n", "HEAD", "/v1/models", ""),
        (
            line + "Transfer-Encoding: CHUNKED\r\n\r\n3\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n", "POST",
            "/v1/messages", "abc0123456789"
        ),
        (
            line + "transfer-encoding: chunked\r\n\r\n3;x=\"y z\";a=b;c\r\nabc\r\n0;z\r\nx-sum: 1\r\nx-more:\r\n\r\n",
            "POST", "/v1/messages", "abc"
        ),
        (line + "content-length: 00002\r\n\r\n{}", "POST", "/v1/messages", "{}"),
    ]

    @Test(arguments: legal)
    func understandsWhatIsUsual(form: (wire: String, method: String, uri: String, body: String)) throws {
        let outcome = Self.read(form.wire)
        let request = try #require(outcome.requests.first)
        #expect(outcome.requests.count == 1)
        #expect(outcome.ending == .waiting)
        #expect(outcome.rest.isEmpty)
        #expect(request.method == form.method)
        #expect(request.uri == form.uri)
        #expect(request.body == Array(form.body.utf8))
    }

    /// Among them all that two readers could understand differently.
    @Test(arguments: [
        "GET /dashboard HTTP/1.1\r\n\r\n", "GET http://a/v1/models HTTP/1.1\r\n\r\n", "OPTIONS * HTTP/1.1\r\n\r\n",
        "CONNECT a:80 HTTP/1.1\r\n\r\n", "get /v1/models HTTP/1.1\r\n\r\n", "BREW /v1/models HTTP/1.1\r\n\r\n",
        "POST /v1/messages\r\n\r\n", "POST /v1/messages HTTP/2.0\r\n\r\n", "POST /v1/messages HTTP/1.2\r\n\r\n",
        "POST /v1/messages http/1.1\r\n\r\n", "POST /v1/messages HTTP/1.1 \r\n\r\n",
        "POST  /v1/messages HTTP/1.1\r\n\r\n",
        "POST /v1/messages  HTTP/1.1\r\n\r\n", "POST\t/v1/messages HTTP/1.1\r\n\r\n",
        " POST /v1/messages HTTP/1.1\r\n\r\n",
        "POST /v1/a b HTTP/1.1\r\n\r\n", "POST /v1/a\tb HTTP/1.1\r\n\r\n", "POST /v1/a\u{E9} HTTP/1.1\r\n\r\n",
        "POST /v1/a\u{7F} HTTP/1.1\r\n\r\n", "POST /v1/messages HTTP/1.1\n\n", "POST /v1/messages HTTP/1.1\r\n\n",
        "POST /v1/messages HTTP/1.1\r\r\n\r\n", "\nPOST /v1/messages HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}",
        line + "x\r\n\r\n", line + ": a\r\n\r\n", line + "x : a\r\n\r\n", line + " x: a\r\n\r\n",
        line + "x: a\r\n b\r\n\r\n",
        line + "x y: a\r\n\r\n", line + "x\u{E9}: a\r\n\r\n", line + "x(: a\r\n\r\n", line + "x: a\u{0}\r\n\r\n",
        line + "x: a\rb\r\n\r\n", line + "x: a\nb: c\r\n\r\n", line + "x: \u{1B}\r\n\r\n", line + "x: \u{7F}\r\n\r\n",
        line + "content-length: 2\r\ncontent-length: 3\r\n\r\n",
        line + "content-length: 2\r\ncontent-length: 2\r\n\r\n",
        line + "content-length: 2, 2\r\n\r\n", line + "content-length: +2\r\n\r\n", line + "content-length: -2\r\n\r\n",
        line + "content-length: 0x2\r\n\r\n", line + "content-length: 2 2\r\n\r\n", line + "content-length:\r\n\r\n",
        line + "content-length: 18446744073709551618\r\n\r\n",
        line + "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n",
        line + "transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n",
        line + "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
        line + "transfer-encoding: gzip, chunked\r\n\r\n", line + "transfer-encoding: identity\r\n\r\n",
        line + "transfer-encoding: xchunked\r\n\r\n", line + "transfer-encoding:\r\n\r\n",
        "POST /v1/messages HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n",
        line + String(repeating: "x: a\r\n", count: 1001) + "\r\n",
        line + "x: " + String(repeating: "a", count: 64 << 10) + "\r\n\r\n",
    ])
    func leavesTheRestToTheCodec(wire: String) {
        let outcome = Self.read(wire)
        #expect(outcome.requests.isEmpty)
        #expect(outcome.ending == .foreign)
        // The codec gets the request from its first byte on.
        #expect(outcome.rest == Array(wire.utf8))
    }

    @Test func leavesAllThatFollowsToTheCodecToo() {
        let (first, second) = (
            Self.line + "content-length: 2\r\n\r\n{}", "GET /api/keys HTTP/1.1\r\n\r\nGET /v1/models "
        )
        let outcome = Self.read(first + second)
        #expect(outcome.requests.map(\.uri) == ["/v1/messages"])
        #expect(outcome.ending == .foreign)
        #expect(outcome.rest == Array(second.utf8))
    }

    /// Neither is waited for: nothing that may still come could make a request of it.
    @Test(arguments: [
        "\u{16}\u{3}", "hello", "GET\r", "POST\u{0}", "ABCDEFGHIJKLMNOP", "GET /dashboard HTTP/1.1\r\nhost",
    ])
    func doesNotWaitForWhatIsNone(beginning: String) {
        #expect(Self.read(beginning).ending == .foreign)
    }

    @Test(arguments: [
        "zz\r\n", "\r\n", "-1\r\n", "0x1\r\n", " 1\r\n", "1 \r\n", "1\n", "1\rx\n", "1;a\u{0}\r\n", "1;a\nb\r\n",
        "1;\r\n", "1;a=\r\n", "1;a=\"\r\n",
        "1;a=\"b\"c\r\n", "1;a b\r\n", "0\r\ncontent-length: 1\r\n\r\n", "0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "1000000000000000\r\n", "1\r\nab\r\n", "1\r\na\n", "1\r\na0\r\n\r\n", "0\r\nx\r\n\r\n", "0\r\nx : a\r\n\r\n",
        "0\r\nx: \u{0}\r\n\r\n", "0\r\nx: a\n\r\n", "1;" + String(repeating: "a", count: 5000),
        "0\r\n" + String(repeating: "x: a\r\n", count: 1001), "0\r\nx: " + String(repeating: "a", count: 70_000),
    ])
    func findsBrokenChunks(chunks: String) {
        let outcome = Self.read(Self.line + "transfer-encoding: chunked\r\n\r\n" + chunks)
        #expect(outcome.requests.isEmpty)
        #expect(outcome.ending == .broken)
        // Nothing behind it can be a request.
        #expect(outcome.rest.isEmpty)
    }

    @Test(arguments: [
        ("1.1", "", true), ("1.1", "close", false), ("1.1", "Close", false), ("1.1", "x, close", false),
        ("1.1", "keep-alive", true), ("1.1", "closed", true), ("1.0", "", false), ("1.0", "keep-alive", true),
        ("1.0", "x ,Keep-Alive", true), ("1.0", "close, keep-alive", false), ("1.0", "close", false),
    ])
    func knowsWhoGoesOn(version: String, connection: String, keepsAlive: Bool) throws {
        let wire = "GET /v1/models HTTP/\(version)\r\nconnection: \(connection)\r\n\r\n"
        #expect(try #require(Self.read(wire).requests.first).keepsAlive == keepsAlive)
    }

    @Test(
        arguments: legal.map(\.wire) + [
            line + "transfer-encoding: chunked\r\n\r\n1\r\na0\r\n\r\n", line + "x : a\r\n\r\n",
            "GET /x HTTP/1.1\r\n\r\n",
        ])
    func readsTheSameHoweverItIsCut(wire: String) {
        let bytes = Array((wire + wire).utf8)
        let whole = Self.read([bytes[...]])
        for cut in 0...bytes.count {
            #expect(Self.read([bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
        }
        #expect(Self.read(bytes.indices.map { bytes[$0...$0] }) == whole)
    }

    // MARK: Against NIO's decoder

    /// What NIO's decoder makes of it; nil when that refuses it or does not come to its end.
    private static func reference(_ bytes: [UInt8]) throws -> [Understood]? {
        let channel = EmbeddedChannel()
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = 80 << 10
        limits.maxHeaderFieldCount = 1000
        let decoder = HTTPRequestDecoder(
            leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .drop, limitConfiguration: limits)
        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
        var hasFailed = false
        do { try channel.writeInbound(ByteBuffer(bytes: bytes)) } catch { hasFailed = true }
        var requests: [Understood] = []
        var current: Understood?
        while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head):
                let known = RequestFields(head.headers)
                let fields = RequestFields.Name.allCases.compactMap { name in
                    // It leaves blanks at the end of a value, which are no part of it (RFC 9112 5).
                    known.joined(name).map { (name.rawValue, $0.trimmed) }
                }
                current = Understood(
                    method: head.method.rawValue, uri: head.uri, keepsAlive: head.isKeepAlive,
                    fields: Dictionary(uniqueKeysWithValues: fields), body: [])
            case .body(let bytes): current?.body += bytes.readableBytesView
            case .end:
                if let current { requests.append(current) }
                current = nil
            }
        }
        // It complains about what comes after the last request, where here nothing is read any more.
        return current == nil && (!hasFailed || requests.last?.keepsAlive == false) ? requests : nil
    }

    private static let seeds =
        legal.map(\.wire) + [
            line
                + "Host: localhost:20128\r\nContent-Type: application/json\r\nAuthorization: Bearer sk-omni-1\r\nx-request-id: r1\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc",
            line + "accept: */*\r\nx-omniroute-strict: true\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        ]

    private static let splices: [String] = [
        "\r\n", "\n", "\r", ":", " ", "\t", "\u{0}", ",", ";", "0", "7", "a", "\r\n\r\n", "content-length: 1\r\n",
        "transfer-encoding: chunked\r\n", "Content-Length", "chunked", "close", "\u{FF}", "HTTP/1.1", "GET ", "%", "?",
        "#",
        "connection: close\r\n", "x: y\r\n", " HTTP/1.0\r\n", "\"",
    ]

    /// Whatever is understood here, NIO's decoder understands in the same way: requests are never told apart differently.
    @Test(arguments: 0..<8) func neverUnderstandsMoreThanNIO(seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        var understood = 0
        for _ in 0..<1500 {
            var bytes = try #require(Self.seeds.randomElement(using: &random).map { Array($0.utf8) })
            if Bool.random(using: &random) { bytes += try #require(Self.seeds.randomElement(using: &random)).utf8 }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let at = Int.random(in: 0...bytes.count, using: &random)
                let end = min(bytes.count, at + Int.random(in: 0...4, using: &random))
                let splice = try #require(Self.splices.randomElement(using: &random))
                bytes.replaceSubrange(at..<end, with: Bool.random(using: &random) ? Array(splice.utf8) : [])
            }
            let own = Self.read([bytes[...]])
            guard own.ending == .waiting, own.rest.isEmpty, !own.requests.isEmpty else { continue }
            guard let reference = try Self.reference(bytes) else {
                // Not come to its end here either, or refused there.
                let wire = String(decoding: bytes, as: UTF8.self)
                #expect(Self.isUnfinished(bytes), "NIO refuses \(wire.debugDescription)")
                continue
            }
            understood += 1
            #expect(own.requests == reference, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
        #expect(understood > 200)
    }

    /// Whether the last request only lacks more bytes.
    private static func isUnfinished(_ bytes: [UInt8]) -> Bool {
        var decoder = RequestDecoder()
        decoder.append(ByteBuffer(bytes: bytes))
        var isInside = false
        while let piece = decoder.next() {
            switch piece {
            case .head: isInside = true
            case .end: isInside = false
            case .bytes: break
            case .foreign, .broken: return false
            }
        }
        return isInside
    }
}
