import OmniCore
import Synchronization

/// The addresses this router is known by, to tell its own from others in files.
public final class ToolAddresses: Sendable {
    private let configured: String?
    private let hosts: [String]
    private let port: Mutex<Int>

    /// - Parameters:
    ///   - configured: the address people use when it is not the listening one.
    ///   - host: where the router listens.
    public init(configured: String?, host: String, port: Int) {
        self.configured = configured
        let listening = host == "0.0.0.0" || host == "::" ? [] : [host]
        hosts =
            ["localhost", "127.0.0.1", "::1"] + listening.filter { !["localhost", "127.0.0.1", "::1"].contains($0) }
        self.port = Mutex(port)
    }

    /// Says which port it became, where any free one was asked for.
    public func listens(on port: Int) { self.port.withLock { $0 = port } }

    /// What tools on this machine are told; without `/v1` and a slash at the end.
    public var preferred: String {
        if let configured, let plain = Self.plain(configured) { return plain }
        let host = hosts.count > 3 ? hosts[3] : hosts[0]
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(port.withLock { $0 })"
    }

    /// - Parameter known: addresses that were written before.
    public func isOwn(_ address: String, known: [String] = []) -> Bool {
        guard let asked = Self.parts(address) else { return false }
        if ([configured].compactMap { $0 } + known).contains(where: { Self.parts($0) == asked }) { return true }
        let port = port.withLock { $0 }
        return asked.path.isEmpty && asked.port == port && asked.isPlain && hosts.contains(asked.host)
    }

    /// An address as it is written to files: without a slash at the end and without `/v1`; nil when it is none.
    public static func plain(_ address: String) -> String? {
        guard let endpoint = UpstreamEndpoint(url: address), !address.contains("?") else { return nil }
        // Only what addresses are made of: it goes into files of several formats.
        guard address.utf8.allSatisfy({ $0.isWord || "-.~:/[]%".utf8.contains($0) }) else { return nil }
        guard UpstreamAddressPolicy.objection(toHost: endpoint.host) == nil else { return nil }
        return withoutVersion(address)
    }

    private static func withoutVersion(_ address: String) -> String {
        var text = Substring(address)
        while text.hasSuffix("/") { text.removeLast() }
        if text.hasSuffix("/v1") { text.removeLast(3) }
        while text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }

    private struct Parts: Hashable {
        var isPlain: Bool
        var host: String
        var port: Int
        var path: String
    }

    private static func parts(_ address: String) -> Parts? {
        guard let endpoint = UpstreamEndpoint(url: withoutVersion(address)) else { return nil }
        let path = endpoint.path == "/" ? "" : endpoint.path
        return Parts(
            isPlain: endpoint.scheme == .http, host: endpoint.host.lowercased(), port: endpoint.port, path: path)
    }
}
