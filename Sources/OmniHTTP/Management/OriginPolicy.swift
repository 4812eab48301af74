import HTTPTypes
import Hummingbird

/// Refuses calls that a web page of another site makes through a person's browser.
///
/// A page can reach `localhost` by a name of its own (DNS rebinding), so the name a call was addressed to must be one of
/// ours; and what changes state must come from a page of ours, when it comes from a page at all.
public struct OriginPolicy: Sendable {
    private let allowedHosts: Set<String>

    /// - Parameter hosts: names besides the loopback ones under which the daemon may be addressed, without port.
    public init(hosts: [String] = []) {
        allowedHosts = Set(["localhost", "127.0.0.1", "::1"] + hosts.map { $0.lowercased() })
    }

    func check(_ request: Request) throws(ManagementError) {
        let authority = request.head.authority ?? ""
        let host = Self.host(of: authority)
        guard host.isEmpty || allowedHosts.contains(host) || Self.isAddress(host) else {
            throw ManagementError(
                .misdirectedRequest, "unknown_host",
                "the host name '\(host.prefix(100))' is not configured; add it with BASE_URL")
        }
        guard ![HTTPRequest.Method.get, .head, .options].contains(request.method) else { return }
        if let site = HTTPField.Name("sec-fetch-site"), let value = request.headers[site],
            !["same-origin", "none"].contains(value)
        {
            throw ManagementError(.forbidden, "cross_site", "calls from pages of other sites are refused")
        }
        if let origin = request.headers[.origin] {
            let name = origin.split(separator: "/", omittingEmptySubsequences: true).last.map(String.init) ?? ""
            guard name.lowercased() == authority.lowercased() else {
                throw ManagementError(.forbidden, "cross_site", "calls from pages of other sites are refused")
            }
        }
    }

    /// Without the port and the brackets of an IPv6 address.
    static func host(of authority: String) -> String {
        let lowered = authority.lowercased()
        if lowered.hasPrefix("["), let close = lowered.firstIndex(of: "]") {
            return String(lowered[lowered.index(after: lowered.startIndex)..<close])
        }
        return String(lowered.prefix { $0 != ":" })
    }

    /// An address literal cannot be rebound.
    private static func isAddress(_ host: String) -> Bool {
        host.contains(":") || (host.split(separator: ".").count == 4 && host.allSatisfy { $0.isNumber || $0 == "." })
    }
}
