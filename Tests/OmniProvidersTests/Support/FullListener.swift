#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A listening socket whose queue of waiting connections is full, so that no further one is ever answered.
final class FullListener: Sendable {
    let port: Int
    private let descriptors: [Int32]

    /// - Parameter isListening: false for a port that is only taken, so that nobody listens there for as long as this lives.
    init(isListening: Bool = true) throws {
        let listener = Self.makeSocket()
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = Self.withPointer(to: &address) { bind(listener, $0, length) } == 0
        guard isBound, !isListening || listen(listener, 0) == 0,
            Self.withPointer(to: &address, { getsockname(listener, $0, &length) }) == 0
        else { throw ServerFailure() }
        port = Int(UInt16(bigEndian: address.sin_port))
        var descriptors = [listener]
        // One connection fills a queue of length zero; a few more make sure of it.
        for _ in 0..<(isListening ? 4 : 0) {
            let client = Self.makeSocket()
            _ = fcntl(client, F_SETFL, O_NONBLOCK)
            _ = Self.withPointer(to: &address) { connect(client, $0, length) }
            descriptors.append(client)
        }
        self.descriptors = descriptors
    }

    func close() {
        for descriptor in descriptors { closeDescriptor(descriptor) }
    }

    private static func makeSocket() -> Int32 {
        #if canImport(Glibc)
        socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        socket(AF_INET, SOCK_STREAM, 0)
        #endif
    }

    private static func withPointer<Result>(
        to address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
        }
    }
}

private func closeDescriptor(_ descriptor: Int32) { close(descriptor) }
