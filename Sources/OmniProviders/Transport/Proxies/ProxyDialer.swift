import CCurl
import NIOPosix
import OmniCore
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Opens tunnels through proxies with libcurl's multi interface, all of them on one thread.
///
/// libcurl speaks with the proxy, whatever kind it is and however it wants to be told who asks; once the upstream is at the
/// other end, the socket is given away and libcurl knows nothing of it any more. The thread sleeps while nothing is opened.
///
/// `attempts` and `relays` are touched by `run` only, of which one at a time is under way, and by `deinit`, when there is none.
/// So is `multi`, except that others wake it up once `canBeWoken` is set, after which it never changes. The rest is constant
/// or behind the lock.
final class ProxyDialer: @unchecked Sendable {  // SAFETY: one thread at a time, or behind the lock; see above
    /// A tunnel that somebody wants.
    struct Order: Sendable {
        let proxy: NetworkProxy
        let host: String
        let port: Int
        let timeout: Duration
        /// Called once, on the dialer's thread, with a connected socket that is the receiver's to close.
        let completion: @Sendable (Result<CInt, TransportError>) -> Void
    }

    private struct Orders {
        var waiting: [Order] = []
        var isRunning = false
        var hasThread = false
        /// Whether `multi` is there.
        var canBeWoken = false
    }

    private let orders = Mutex(Orders())
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let library: String
    private let roots: [UInt8]?
    private var multi: UnsafeMutableRawPointer?
    /// By libcurl's handle.
    private var attempts: [UnsafeMutableRawPointer: Order] = [:]
    private var relays: [ProxyRelay] = []

    /// - Parameters:
    ///   - roots: PEM certificates that vouch for proxies; nil for the system's.
    ///   - library: the file name of libcurl, which is loaded for the first order.
    init(roots: [UInt8]?, library: String = CurlLibrary.systemName) {
        self.roots = roots
        self.library = library
    }

    deinit {
        if let multi { omni_curl_multi_cleanup(multi) }
        if orders.withLock({ $0.hasThread }) { thread.shutdownGracefully { _ in } }
    }

    func dial(_ order: Order) {
        let (mustRun, needsThread, canBeWoken) = orders.withLock { orders in
            orders.waiting.append(order)
            defer { (orders.isRunning, orders.hasThread) = (true, true) }
            return (!orders.isRunning, !orders.hasThread, orders.canBeWoken)
        }
        if needsThread { thread.start() }
        if mustRun {
            thread.submit { _ in self.run() }
        } else if canBeWoken, let multi {
            omni_curl_multi_wakeup(multi)
        }
    }

    private static let noTunnel = TransportError(.proxyFailed, "no tunnel can be opened")

    // MARK: On the thread

    private func run() {
        do throws(TransportError) {
            try work(openMulti())
        } catch {
            let refused = orders.withLock { orders in
                defer { (orders.waiting, orders.isRunning) = ([], false) }
                return orders.waiting
            }
            for order in refused { order.completion(.failure(error)) }
        }
    }

    /// Here rather than where the order was given, which is an event loop: loading takes its time.
    private func openMulti() throws(TransportError) -> UnsafeMutableRawPointer {
        if let multi { return multi }
        try CurlLibrary.load(library)
        guard let opened = omni_curl_multi_init() else { throw Self.noTunnel }
        multi = opened
        orders.withLock { $0.canBeWoken = true }
        return opened
    }

    /// Until nothing is left to do.
    private func work(_ multi: UnsafeMutableRawPointer) {
        while true {
            for order in orders.withLock({ orders in
                defer { orders.waiting = [] }
                return orders.waiting
            }) { begin(order, multi) }
            omni_curl_multi_perform(multi)
            finish(multi)
            relays.removeAll { relay in
                guard !relay.pump() else { return false }
                relay.close(in: multi)
                return true
            }
            let isDone = orders.withLock { orders in
                guard orders.waiting.isEmpty, attempts.isEmpty, relays.isEmpty else { return false }
                orders.isRunning = false
                return true
            }
            guard !isDone else { return }
            var others = relays.flatMap(\.interests)
            // New orders wake it up; the limit is for a wake-up that came before the wait began.
            omni_curl_multi_poll(multi, &others, UInt32(others.count), 1000)
        }
    }

    private func begin(_ order: Order, _ multi: UnsafeMutableRawPointer) {
        guard let easy = omni_curl_easy_init() else { return order.completion(.failure(Self.noTunnel)) }
        let name = order.host.contains(":") ? "[\(order.host)]" : order.host
        let proxy = order.proxy
        let proxyName = proxy.host.contains(":") ? "[\(proxy.host)]" : proxy.host
        let milliseconds = Int(max(1, order.timeout.milliseconds))
        let kind =
            switch proxy.kind {
            case .http: CURLPROXY_HTTP
            case .https: CURLPROXY_HTTPS
            case .socks5: CURLPROXY_SOCKS5_HOSTNAME
            }
        let texts: [(CURLoption, String?)] = [
            // Without TLS to the upstream, which is not libcurl's to speak.
            (CURLOPT_URL, "http://\(name):\(order.port)/"), (CURLOPT_PROXY, proxyName), (CURLOPT_NOPROXY, ""),
            (CURLOPT_PROXYUSERNAME, proxy.username), (CURLOPT_PROXYPASSWORD, proxy.password),
        ]
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_CONNECT_ONLY, 1), (CURLOPT_HTTPPROXYTUNNEL, 1), (CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
            (CURLOPT_PROXYPORT, proxy.port), (CURLOPT_PROXYTYPE, Int(kind.rawValue)), (CURLOPT_NOSIGNAL, 1),
            (CURLOPT_FRESH_CONNECT, 1), (CURLOPT_TCP_KEEPALIVE, 1), (CURLOPT_CONNECTTIMEOUT_MS, milliseconds),
            // libcurl 7.88 looks up the upstream's name at the proxy's port where it waits for the address of a SOCKS proxy,
            // and would take what it remembers of another one.
            (CURLOPT_DNS_CACHE_TIMEOUT, 0),
            (CURLOPT_PROXY_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
        ]
        var isSet = omni_curl_set_write(easy) { _, size, count, _ in size * count } == CURLE_OK
        isSet = omni_curl_set_opensocket(easy) { _, _, address in ProxyDialer.openSocket(address) } == CURLE_OK && isSet
        for (option, text) in texts {
            guard let text else { continue }
            isSet = omni_curl_set_text(easy, option, text) == CURLE_OK && isSet
        }
        for (option, number) in numbers { isSet = omni_curl_set_number(easy, option, number) == CURLE_OK && isSet }
        if let roots {
            isSet = omni_curl_set_bytes(easy, CURLOPT_PROXY_CAINFO_BLOB, roots, roots.count) == CURLE_OK && isSet
        }
        guard isSet, omni_curl_multi_add(multi, easy) == CURLM_OK else {
            omni_curl_easy_cleanup(easy, nil)
            return order.completion(.failure(Self.noTunnel))
        }
        attempts[easy] = order
    }

    /// Where a proxy's name leads is known only now.
    private static func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>?) -> curl_socket_t {
        guard let address else { return CURL_SOCKET_BAD }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let isNumeric = withUnsafePointer(to: &address.pointee.addr) { pointer in
            getnameinfo(
                pointer, socklen_t(address.pointee.addrlen), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        }
        let literal = String(
            decoding: text.prefix { $0 != 0 && $0 != 0x25 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard isNumeric == 0, UpstreamAddressPolicy.objection(toHost: literal) == nil else { return CURL_SOCKET_BAD }
        return socket(address.pointee.family, address.pointee.socktype, address.pointee.protocol)
    }

    private func finish(_ multi: UnsafeMutableRawPointer) {
        while let message = omni_curl_multi_next(multi) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let order = attempts.removeValue(forKey: easy)
            else { continue }
            let result = message.pointee.data.result
            guard result == CURLE_OK else {
                let error = ProxyFailure(result, easy).error(of: order.proxy.kind)
                omni_curl_easy_cleanup(easy, multi)
                order.completion(.failure(error))
                continue
            }
            let socket = omni_curl_socket(easy)
            if order.proxy.kind == .https {
                guard let (relay, end) = ProxyRelay.make(easy, socket: socket) else {
                    omni_curl_easy_cleanup(easy, multi)
                    order.completion(.failure(Self.noTunnel))
                    continue
                }
                relays.append(relay)
                order.completion(.success(end))
            } else {
                // The one that libcurl has is closed with its handle.
                let own = fcntl(socket, F_DUPFD_CLOEXEC, 0)
                omni_curl_easy_cleanup(easy, multi)
                order.completion(own < 0 ? .failure(Self.noTunnel) : .success(own))
            }
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
