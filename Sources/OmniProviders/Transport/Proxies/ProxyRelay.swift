import CCurl
import OmniCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Carries bytes between an upstream connection and a proxy that is spoken to over TLS, which only libcurl can.
///
/// The connection has one end of a pair of sockets; the other is here. A piece that one side does not take holds up the
/// reading from the other, so that nobody can fill this process's memory. Lives on the dialer's thread.
final class ProxyRelay {
    private let easy: UnsafeMutableRawPointer
    private let proxySocket: CInt
    private let ownSocket: CInt
    private var toProxy = Piece()
    private var fromProxy = Piece()
    private var isEnded = false

    /// What was read on one side and waits for the other.
    private struct Piece {
        var bytes = [UInt8](repeating: 0, count: 32 << 10)
        var start = 0
        var end = 0
        var isEmpty: Bool { start == end }
    }

    /// - Returns: a relay, and the socket that is the connection's; nil when there are no sockets left.
    static func make(_ easy: UnsafeMutableRawPointer, socket: CInt) -> (relay: ProxyRelay, end: CInt)? {
        var pair: [CInt] = [-1, -1]
        #if canImport(Glibc)
        let kind = Int32(SOCK_STREAM.rawValue)
        #else
        let kind = SOCK_STREAM
        #endif
        guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else { return nil }
        for descriptor in pair {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        return (ProxyRelay(easy, proxySocket: socket, ownSocket: pair[0]), pair[1])
    }

    private init(_ easy: UnsafeMutableRawPointer, proxySocket: CInt, ownSocket: CInt) {
        self.easy = easy
        self.proxySocket = proxySocket
        self.ownSocket = ownSocket
    }

    /// What it waits for.
    var interests: [curl_waitfd] {
        let own = (toProxy.isEmpty ? CURL_WAIT_POLLIN : 0) | (fromProxy.isEmpty ? 0 : CURL_WAIT_POLLOUT)
        let proxy = (fromProxy.isEmpty ? CURL_WAIT_POLLIN : 0) | (toProxy.isEmpty ? 0 : CURL_WAIT_POLLOUT)
        return [
            curl_waitfd(fd: ownSocket, events: Int16(own), revents: 0),
            curl_waitfd(fd: proxySocket, events: Int16(proxy), revents: 0),
        ]
    }

    /// Carries what can be carried without waiting.
    /// - Returns: false when either side is gone.
    func pump() -> Bool {
        // A connection that is given up is not read from while the proxy takes nothing: it must be noticed all the same.
        var watch = pollfd(fd: ownSocket, events: 0, revents: 0)
        if poll(&watch, 1, 0) > 0, Int32(watch.revents) & Int32(POLLHUP) != 0 { isEnded = true }
        // Some rounds only, for other relays have work too.
        for _ in 0..<16 {
            guard !isEnded else { break }
            let wasMoved = [readOwn(), writeProxy(), readProxy(), writeOwn()]
            if !wasMoved.contains(true) { break }
        }
        return !isEnded
    }

    func close(in multi: UnsafeMutableRawPointer) {
        _ = descriptorClose(ownSocket)
        omni_curl_easy_cleanup(easy, multi)
    }

    private func readOwn() -> Bool {
        guard toProxy.isEmpty, !isEnded else { return false }
        let count = read(ownSocket, &toProxy.bytes, toProxy.bytes.count)
        if count > 0 {
            (toProxy.start, toProxy.end) = (0, count)
            return true
        }
        // The connection closes when it is done; there are no half-open ones.
        if count == 0 || !Self.mustWait { isEnded = true }
        return false
    }

    private func writeOwn() -> Bool {
        guard !fromProxy.isEmpty, !isEnded else { return false }
        let count = fromProxy.bytes.withUnsafeBytes { bytes in
            bytes.baseAddress.map { write(ownSocket, $0 + fromProxy.start, fromProxy.end - fromProxy.start) } ?? 0
        }
        if count > 0 {
            fromProxy.start += count
            return true
        }
        if count < 0, !Self.mustWait { isEnded = true }
        return false
    }

    private func writeProxy() -> Bool {
        guard !toProxy.isEmpty, !isEnded else { return false }
        var count = 0
        let result = toProxy.bytes.withUnsafeBytes { bytes in
            bytes.baseAddress.map { omni_curl_easy_send(easy, $0 + toProxy.start, toProxy.end - toProxy.start, &count) }
        }
        if result == CURLE_OK {
            toProxy.start += count
            return count > 0
        }
        if result != CURLE_AGAIN { isEnded = true }
        return false
    }

    private func readProxy() -> Bool {
        guard fromProxy.isEmpty, !isEnded else { return false }
        var count = 0
        let result = omni_curl_easy_receive(easy, &fromProxy.bytes, fromProxy.bytes.count, &count)
        if result == CURLE_OK, count > 0 {
            (fromProxy.start, fromProxy.end) = (0, count)
            return true
        }
        if result != CURLE_AGAIN { isEnded = true }
        return false
    }

    private static var mustWait: Bool { errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR }
}

/// A member that is called `close` hides the system's.
private func descriptorClose(_ descriptor: CInt) -> CInt { close(descriptor) }
