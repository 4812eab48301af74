import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A TCP server that does, byte for byte, what a test tells it to: the faults are the point.
final class ScriptedServer: Sendable {
    typealias Script = @Sendable (inout ServerConnection) async throws -> Void

    let port: Int
    private let accepted = Atomic<Int>(0)

    private init(port: Int) { self.port = port }

    /// How many connections were accepted so far.
    var connectionCount: Int { accepted.load(ordering: .relaxed) }

    /// Runs a server for as long as `body` runs; the script plays once for each connection.
    static func run<Result: Sendable>(
        tls: NIOSSLContext? = nil, script: @escaping Script,
        _ body: @Sendable (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        guard let port = listener.channel.localAddress?.port else { throw ServerFailure() }
        let server = ScriptedServer(port: port)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await listener.executeThenClose { connections in
                    try await withThrowingDiscardingTaskGroup { running in
                        for try await channel in connections {
                            let number = server.accepted.add(1, ordering: .relaxed).newValue
                            running.addTask { await play(script, on: channel, number: number) }
                        }
                        running.cancelAll()
                    }
                }
            }
            let result: Swift.Result<Result, any Error>
            do { result = .success(try await body(server)) } catch { result = .failure(error) }
            // The door is closed before anybody is sent away: who came in last must be received by somebody.
            try await listener.channel.close()
            return try result.get()
        }
    }

    private static func play(_ script: Script, on channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>, number: Int) async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                var connection = ServerConnection(
                    number: number, channel: channel.channel, input: inbound.makeAsyncIterator(), output: outbound)
                try await script(&connection)
            }
        } catch {
            // The client is free to leave in the middle of a script; tests judge by what it received.
        }
    }
}

struct ServerFailure: Error {}

/// One accepted connection, seen from the server.
struct ServerConnection {
    /// 1 for the first connection.
    let number: Int
    private let channel: any Channel
    fileprivate var input: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    fileprivate let output: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var buffered = ""

    fileprivate init(
        number: Int, channel: any Channel, input: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        output: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.number = number
        self.channel = channel
        self.input = input
        self.output = output
    }

    /// Reads one request with its body.
    /// - Returns: head and body as text; nil when the client closed the connection.
    mutating func request() async throws -> String? {
        while true {
            if let headEnd = buffered.range(of: "\r\n\r\n") {
                let head = String(buffered[..<headEnd.lowerBound])
                let length =
                    head.split(separator: "\r\n").lazy
                    .filter { $0.lowercased().hasPrefix("content-length:") }
                    .compactMap { Int($0.dropFirst("content-length:".count).filter(\.isNumber)) }.first ?? 0
                let body = buffered[headEnd.upperBound...]
                if body.utf8.count >= length {
                    let request = head + "\r\n\r\n" + body.prefix(length)
                    buffered = String(body.dropFirst(length))
                    return request
                }
            }
            guard let bytes = try await input.next() else { return nil }
            buffered += String(buffer: bytes)
        }
    }

    func send(_ text: String) async throws { try await output.write(ByteBuffer(string: text)) }
    func send(_ bytes: [UInt8]) async throws { try await output.write(ByteBuffer(bytes: bytes)) }

    /// Sends bytes and waits until the network has taken them: `send` may leave any number of them in this
    /// process, as long as the channel's loop has not come to write them.
    func deliver(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    /// Sends a complete answer with a length.
    func answer(_ body: String, status: String = "200 OK", headers: String = "") async throws {
        try await send("HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }

    /// Returns when the client closes or resets the connection.
    mutating func closing() async {
        do {
            while try await input.next() != nil {}
        } catch {
            // A reset is a way of closing.
        }
    }
}

extension String {
    /// The first place of a text in this one.
    fileprivate func range(of text: String) -> Range<String.Index>? { ranges(of: text).first }
}
