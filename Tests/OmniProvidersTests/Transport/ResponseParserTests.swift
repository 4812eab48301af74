import NIOCore
import OmniCore
import Testing

@testable import OmniProviders

/// Answers of HTTP/1.1 (RFC 9112), whole and in pieces.
struct ResponseParserTests {
    /// What came out of a parser: one head after the other, each with the body that followed it.
    private struct Reading: Equatable {
        var statuses: [Int] = []
        var bodies: [String] = []
        var ends = 0
        var error: TransportError.Code?
    }

    private static func read(_ pieces: [[UInt8]], closes: Bool = false) -> Reading {
        var parser = ResponseParser(maximumHeadBytes: 2000)
        var reading = Reading()
        do throws(TransportError) {
            for piece in pieces {
                parser.append(ByteBuffer(bytes: piece))
                while let next = try parser.next() {
                    switch next {
                    case .head(let head):
                        reading.statuses.append(head.status)
                        reading.bodies.append("")
                    case .bytes(let bytes): reading.bodies[reading.bodies.count - 1] += String(buffer: bytes)
                    case .end: reading.ends += 1
                    }
                }
            }
            if closes {
                let isComplete = !parser.isInsideAnswer
                if parser.close() { reading.ends += 1 } else if !isComplete { reading.error = .connectionLost }
            }
        } catch {
            reading.error = error.code
        }
        return reading
    }

    private static func wire(_ text: String) -> [UInt8] {
        Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
    }

    static let answers: [(text: String, statuses: [Int], bodies: [String])] = [
        ("HTTP/1.1 200 OK\ncontent-length: 5\n\nhello", [200], ["hello"]),
        ("HTTP/1.1 200\nContent-Length:5 \n\nhello", [200], ["hello"]),
        ("HTTP/1.1 200 OK\ncontent-length: 0\n\n", [200], [""]),
        ("HTTP/1.1 204 No Content\n\n", [204], [""]),
        ("HTTP/1.1 304 Not Modified\ncontent-length: 7\n\n", [304], [""]),
        (
            "HTTP/1.1 200 OK\nTransfer-Encoding: Chunked\n\n5\nhello\n00b;name=value\n wide world\n0\n\n", [200],
            ["hello wide world"]
        ),
        ("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n1\na\n0\nx-checksum: 1\nx-more: 2\n\n", [200], ["a"]),
        (
            "HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nlink: </a>\n\nHTTP/1.1 200 OK\ncontent-length: 2\n\nok",
            [100, 103, 200], ["", "", "ok"]
        ),
        (
            "\n\nHTTP/1.1 200 OK\ncontent-length: 2\n\nokHTTP/1.0 404 Not Found\ncontent-length: 4\n\ngone",
            [200, 404], ["ok", "gone"]
        ),
    ]

    @Test(arguments: answers)
    func readsTheSameHoweverItIsCut(text: String, statuses: [Int], bodies: [String]) {
        let bytes = Self.wire(text)
        let expected = Reading(
            statuses: statuses, bodies: bodies, ends: statuses.filter { $0 >= 200 }.count)
        #expect(Self.read([bytes]) == expected)
        #expect(Self.read(bytes.map { [$0] }) == expected)
        for cut in 1..<bytes.count { #expect(Self.read([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected) }
    }

    @Test func linesMayEndWithoutACarriageReturn() {
        let reading = Self.read([Array("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n2\nok\n0\n\n".utf8)])
        #expect(reading == Reading(statuses: [200], bodies: ["ok"], ends: 1))
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\n\nall of it", true, TransportError.Code?.none),
        ("HTTP/1.1 200 OK\ncontent-length: 10\n\nall of it", false, .connectionLost),
        ("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n9\nall of it\n", false, .connectionLost),
        ("HTTP/1.1 200 OK\ncontent-le", false, .connectionLost),
    ])
    func anEndOfTheConnectionEndsOnlyWhatHasNoLength(text: String, isEnd: Bool, error: TransportError.Code?) {
        let reading = Self.read([Self.wire(text)], closes: true)
        #expect(reading.ends == (isEnd ? 1 : 0))
        #expect(reading.error == error)
        if isEnd { #expect(reading.bodies == ["all of it"]) }
    }

    @Test(arguments: [
        "HTTP/2 200 OK\n\n", "HTTP/1.2 200 OK\n\n", "HTTP/1.1 2x0 OK\n\n", "HTTP/1.1 099 No\n\n",
        "HTTP/1.1 2000 OK\n\n",
        "HTTP/1.1\n\n", "SSH-2.0-OpenSSH_9.6\n", "ICY 200 OK\n\n",
        "HTTP/1.1 200 OK\nno colon\n\n", "HTTP/1.1 200 OK\n: no name\n\n", "HTTP/1.1 200 OK\nname : value\n\n",
        "HTTP/1.1 200 OK\nname: value\n folded\n\n", "HTTP/1.1 200 OK\nname: a\u{0}b\n\n",
        "HTTP/1.1 200 OK\nname: a\rb\n\n",
        "HTTP/1.1 200 OK\ncontent-length: -1\n\n", "HTTP/1.1 200 OK\ncontent-length: 1 2\n\n",
        "HTTP/1.1 200 OK\ncontent-length:\n\n", "HTTP/1.1 200 OK\ncontent-length: 99999999999999999999\n\n",
        "HTTP/1.1 200 OK\ncontent-length: 1\ncontent-length: 2\n\n",
        "HTTP/1.1 200 OK\ncontent-length: 1\ntransfer-encoding: chunked\n\n",
        "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n\n", "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\nx\n",
        "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n-1\n",
        "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n1\nabc\n",
        "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\nffffffffffffffff\n",
        "HTTP/1.1 200 OK\nlong: " + String(repeating: "a", count: 2000) + "\n\n",
        "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n1;" + String(repeating: "a", count: 5000),
        "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n0\n" + String(repeating: "a: b\n", count: 1000),
    ])
    func refusesWhatIsNoHTTP(text: String) {
        let bytes = Self.wire(text)
        #expect(Self.read([bytes]).error == .protocolViolation)
        #expect(Self.read(bytes.map { [$0] }).error == .protocolViolation)
    }

    @Test func refusesCodingsItCannotUndo() {
        let bytes = Self.wire("HTTP/1.1 200 OK\ntransfer-encoding: gzip, chunked\n\n")
        #expect(Self.read([bytes]).error == .unsupportedEncoding)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\ncontent-length: 1", true), ("HTTP/1.0 200 OK\ncontent-length: 1", false),
        ("HTTP/1.1 200 OK\ncontent-length: 1\nConnection: x, Close", false),
        ("HTTP/1.0 200 OK\ncontent-length: 1\nconnection: Keep-Alive", true), ("HTTP/1.1 200 OK", false),
    ])
    func knowsWhetherTheConnectionServesAgain(text: String, keepsAlive: Bool) throws {
        #expect(try ResponseHead(Self.wire(text)).keepsAlive == keepsAlive)
    }

    @Test func findsFieldsInAnyCase() throws {
        let head = try ResponseHead(Self.wire("HTTP/1.1 200 OK\nX-Request-ID:  a b \nx-request-id: c\nRetry-After: 3"))
        #expect(head.first("x-request-id") == "a b")
        #expect(head.first("retry-after") == "3")
        #expect(head.first("x-request") == nil)
        #expect(head.all { $0 == UInt8(ascii: "x") }.map(\.value) == ["a b", "c"])
        #expect(head.first("X-Request-Id", beginsWith: "A b"))
        #expect(!head.first("x-request-id", beginsWith: "a b c"))
        #expect(!head.first("x-other", beginsWith: ""))
    }

    /// Damaged answers end in some way, and what was read before is never more than what came.
    @Test func survivesDamage() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            guard let answer = Self.answers.randomElement(using: &random) else { continue }
            var bytes = Self.wire(answer.text)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let cut = Int.random(in: 0...bytes.count, using: &random)
            let reading = Self.read([Array(bytes[..<cut]), Array(bytes[cut...])], closes: true)
            #expect(reading.bodies.joined().utf8.count <= bytes.count * 3)
        }
    }
}
