import NIOCore
import OmniCore

/// Bodies that are files: read piece by piece, as fast as the upstream takes them.
extension UpstreamConnection {
    /// How much of a file is read at once.
    private static let pieceBytes = 128 << 10

    /// Sends a file and what follows it.
    ///
    /// An upstream that answers before it has everything wants no more of it; its connection cannot serve again.
    @inline(never)  // What it holds, requests without a file must not.
    func send(_ upload: UpstreamUpload) async throws(TransportError) {
        var offset = 0
        let length = upload.contents.length
        while offset < length {
            try await waitForRoom()
            guard head == nil else {
                keepsAlive = false
                return
            }
            let count = min(Self.pieceBytes, length - offset)
            let piece = try await upload.contents.read(at: offset, count: count, on: eventLoop)
            offset += piece.readableBytes
            try write(piece)
        }
        try await waitForRoom()
        guard head == nil else {
            keepsAlive = false
            return
        }
        if upload.tail.readableBytes > 0 { try write(upload.tail) }
        quietSince = .now()
    }

    private func waitForRoom() async throws(TransportError) {
        quietSince = .now()
        isAwaitingRoom = true
        defer { isAwaitingRoom = false }
        while true {
            if let failure { throw failure }
            guard !Task.isCancelled else { throw TransportError(.cancelled, "the call was cancelled") }
            guard head == nil, context?.channel.isWritable == false else { return }
            await wait(until: quietSince + TimeAmount(deadlines.betweenEvents))
        }
    }

    private func write(_ bytes: ByteBuffer) throws(TransportError) {
        if let failure { throw failure }
        guard let context else { throw TransportError(.connectionLost, "the connection to the upstream was lost") }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }
}
