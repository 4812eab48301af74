import NIOCore
import NIOPosix
import NIOSSL
import OmniCore

/// A proxy inside the test's process: as dumb as one can be, so that whatever happens to bytes is not its doing.
///
/// Real ones are tried by the integration tests.
final class TestProxy: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let ports = Ports()

    /// One proxy of each kind for all tests.
    private actor Ports {
        private var running: [NetworkProxy.Kind: Task<Int, any Error>] = [:]

        func port(of kind: NetworkProxy.Kind) async throws -> Int {
            if let known = running[kind] { return try await known.value }
            let starting = Task { try await TestProxy.start(kind) }
            running[kind] = starting
            return try await starting.value
        }
    }

    static func port(of kind: NetworkProxy.Kind) async throws -> Int { try await ports.port(of: kind) }

    private static func start(_ kind: NetworkProxy.Kind) async throws -> Int {
        let tls = kind == .https ? try TestCertificate.server() : nil
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(TestProxy(speaksSOCKS: kind == .socks5))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else { throw ServerFailure() }
        return port
    }

    private let speaksSOCKS: Bool
    private var input = ByteBuffer()
    private var isGreeted = false
    private var isConnecting = false

    private init(speaksSOCKS: Bool) { self.speaksSOCKS = speaksSOCKS }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input.writeImmutableBuffer(unwrapInboundIn(data))
        guard !isConnecting, let target = speaksSOCKS ? socksTarget(context) : connectTarget() else { return }
        isConnecting = true
        let client = NIOLoopBound(context, eventLoop: context.eventLoop)
        let own = NIOLoopBound(self, eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop).channelOption(.autoRead, value: false)
            .connect(host: target.host, port: target.port)
            .whenComplete { result in own.value.connected(result, client.value) }
    }

    private func connected(_ result: Result<any Channel, any Error>, _ context: ChannelHandlerContext) {
        do {
            let upstream = try result.get()
            // Who gave up meanwhile must leave nothing open behind.
            guard context.channel.isActive else {
                upstream.close(promise: nil)
                return
            }
            answer(speaksSOCKS ? [5, 0, 0, 1, 0, 0, 0, 0, 0, 0] : Array("HTTP/1.1 200 Fine\r\n\r\n".utf8), context)
            let client = context.channel
            try upstream.pipeline.syncOperations.addHandler(Glue(to: client))
            try client.pipeline.syncOperations.addHandler(Glue(to: upstream), position: .after(self))
            if input.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(input)) }
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
            upstream.setOption(.autoRead, value: true).whenFailure { _ in upstream.close(promise: nil) }
        } catch {
            let isUnknown = (error as? NIOConnectionError)?.connectionErrors.isEmpty == true
            answer(
                speaksSOCKS
                    ? [5, isUnknown ? 4 : 5, 0, 1, 0, 0, 0, 0, 0, 0] : Array("HTTP/1.1 502 No\r\n\r\n".utf8), context)
            context.close(promise: nil)
        }
    }

    private func answer(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }

    /// `CONNECT host:port HTTP/1.1` with fields nobody looks at.
    private func connectTarget() -> (host: String, port: Int)? {
        let text = String(buffer: input)
        guard let end = text.ranges(of: "\r\n\r\n").first, text.hasPrefix("CONNECT ") else { return nil }
        input.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
        let authority = text.dropFirst("CONNECT ".count).prefix { $0 != " " }
        guard let colon = authority.lastIndex(of: ":"), let port = Int(authority[authority.index(after: colon)...])
        else { return nil }
        return (authority[..<colon].filter { $0 != "[" && $0 != "]" }, port)
    }

    /// RFC 1928, without a login.
    private func socksTarget(_ context: ChannelHandlerContext) -> (host: String, port: Int)? {
        if !isGreeted {
            guard let count = input.getInteger(at: input.readerIndex + 1, as: UInt8.self),
                input.readSlice(length: 2 + Int(count)) != nil
            else { return nil }
            isGreeted = true
            answer([5, 0], context)
        }
        let start = input.readerIndex
        guard let type = input.getInteger(at: start + 3, as: UInt8.self) else { return nil }
        let host: String
        let length: Int
        switch type {
        case 1:
            guard let bytes = input.getBytes(at: start + 4, length: 4) else { return nil }
            (host, length) = (bytes.map(String.init).joined(separator: "."), 4)
        case 4:
            guard let bytes = input.getBytes(at: start + 4, length: 16),
                let address = try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0)
            else { return nil }
            (host, length) = (address.ipAddress ?? "", 16)
        default:
            guard let count = input.getInteger(at: start + 4, as: UInt8.self),
                let name = input.getString(at: start + 5, length: Int(count))
            else { return nil }
            (host, length) = (name, 1 + Int(count))
        }
        guard let port = input.getInteger(at: start + 4 + length, as: UInt16.self) else { return nil }
        input.moveReaderIndex(forwardBy: 6 + length)
        return (host, Int(port))
    }
}

extension TestProxy: RemovableChannelHandler {}

extension TestProxy {
    typealias InboundOut = ByteBuffer
}

/// Hands all that comes in on one channel to another, which says when it has enough.
private final class Glue: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel

    init(to other: any Channel) { self.other = other }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.write(unwrapInboundIn(data), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        other.flush()
        if !other.isWritable { setReading(of: context.channel, false) }
    }

    /// This channel takes again what comes in on the other.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { setReading(of: other, true) }
    }

    private func setReading(of channel: any Channel, _ isReading: Bool) {
        channel.setOption(.autoRead, value: isReading).whenFailure { _ in channel.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
