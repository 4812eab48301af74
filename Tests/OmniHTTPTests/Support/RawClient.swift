import NIOCore
import NIOPosix
import OmniJSON
import TestSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A client that sends what a test writes, byte for byte, and reads what comes back.
struct RawClient {
    private var input: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    /// For tasks that write while others read.
    let output: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var buffered: [UInt8] = []
    private var isAtEnd = false

    /// Connects for as long as `body` runs; gives up when it takes too long.
    /// - Parameter receiveBuffer: bytes the kernel keeps unread; nil for its own choice.
    static func connect<Result: Sendable>(
        _ port: Int, receiveBuffer: Int? = nil, limit: Duration = .seconds(60),
        _ body: @escaping @Sendable (inout RawClient) async throws -> Result
    ) async throws -> Result {
        try await within(limit) {
            var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            if let receiveBuffer {
                bootstrap = bootstrap.channelOption(
                    .socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBuffer))
            }
            let channel = try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
            return try await channel.executeThenClose { inbound, outbound in
                var client = RawClient(input: inbound.makeAsyncIterator(), output: outbound)
                return try await body(&client)
            }
        }
    }

    private init(
        input: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator, output: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.input = input
        self.output = output
    }

    func send(_ text: String) async throws { try await output.write(ByteBuffer(string: text)) }

    /// Closes this side and goes on reading.
    func finish() { output.finish() }

    /// Sends a request and reads its answer.
    mutating func request(
        _ method: String, _ path: String, headers: [String] = [], body: String? = nil
    ) async throws -> RawResponse {
        try await send(Self.text(method, path, headers: headers, body: body))
        return try await response(toHead: method == "HEAD")
    }

    /// A request as it goes over the wire.
    static func text(_ method: String, _ path: String, headers: [String] = [], body: String? = nil) -> String {
        var lines = ["\(method) \(path) HTTP/1.1", "host: localhost"] + headers
        if let body { lines.append("content-length: \(body.utf8.count)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }

    /// Reads one answer.
    mutating func response(toHead: Bool = false) async throws -> RawResponse {
        var response = try RawResponse(head: try await line().split(separator: " ", maxSplits: 2).map(String.init))
        while case let line = try await line(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            response.headers.append(
                (parts[0].lowercased(), parts.count > 1 ? parts[1].drop { $0 == " " }.description : ""))
        }
        if toHead || response.status < 200 || response.status == 204 { return response }
        if response["transfer-encoding"] == "chunked" {
            while true {
                let size = try await line()
                guard let count = Int(size, radix: 16) else { throw Garbled(text: size) }
                response.body += String(decoding: try await bytes(count), as: UTF8.self)
                _ = try await line()
                if count == 0 { return response }
            }
        } else if let length = response["content-length"].flatMap({ Int($0) }) {
            response.body = String(decoding: try await bytes(length), as: UTF8.self)
        } else {
            response.body = try await rest()
        }
        return response
    }

    /// Reads until a text was seen, and consumes it.
    mutating func read(upTo text: String) async throws -> String {
        let mark = Array(text.utf8)
        while true {
            if let range = buffered.firstRange(of: mark) {
                let read = String(decoding: buffered[..<range.upperBound], as: UTF8.self)
                buffered.removeSubrange(..<range.upperBound)
                return read
            }
            guard try await fill() else { throw ConnectionEnded(rest: String(decoding: buffered, as: UTF8.self)) }
        }
    }

    /// Reads until a text was seen near the end of what came, and tells how many bytes that was.
    mutating func count(upTo text: String) async throws -> Int {
        var count = buffered.count
        var tail = buffered.suffix(64)
        while !String(decoding: tail, as: UTF8.self).contains(text) {
            guard let bytes = try await input.next() else {
                throw ConnectionEnded(rest: String(decoding: tail, as: UTF8.self))
            }
            count += bytes.readableBytes
            tail = (tail + bytes.readableBytesView.suffix(64)).suffix(64)
        }
        buffered = []
        return count
    }

    /// Everything up to the end of the connection.
    mutating func rest() async throws -> String {
        while try await fill() {}
        defer { buffered = [] }
        return String(decoding: buffered, as: UTF8.self)
    }

    private mutating func line() async throws -> String { String(try await read(upTo: "\r\n").dropLast()) }

    private mutating func bytes(_ count: Int) async throws -> [UInt8] {
        while buffered.count < count {
            guard try await fill() else { throw ConnectionEnded(rest: String(decoding: buffered, as: UTF8.self)) }
        }
        defer { buffered.removeFirst(count) }
        return Array(buffered.prefix(count))
    }

    private mutating func fill() async throws -> Bool {
        guard !isAtEnd else { return false }
        do {
            guard let bytes = try await input.next() else {
                isAtEnd = true
                return false
            }
            buffered.append(contentsOf: bytes.readableBytesView)
            return true
        } catch let error as IOError where error.errnoCode == ECONNRESET {
            isAtEnd = true
            return false
        }
    }
}

struct ConnectionEnded: Error { let rest: String }
struct Garbled: Error { let text: String }

/// An answer as it came over the wire.
struct RawResponse: Sendable {
    var status: Int
    var headers: [(name: String, value: String)] = []
    var body = ""

    init(head: [String]) throws {
        guard head.count >= 2, head[0].hasPrefix("HTTP/1."), let status = Int(head[1]) else {
            throw Garbled(text: head.joined(separator: " "))
        }
        self.status = status
    }

    /// The first value of a header, by its lower-case name.
    subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The body as JSON.
    var json: JSONValue {
        get throws { try JSONValue(parsing: Array(body.utf8)) }
    }
}
