import HTTPTypes
import Hummingbird
import OmniCore

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
        let objection = objection(
            authority: request.head.authority ?? "",
            isChange: ![HTTPRequest.Method.get, .head, .options].contains(request.method),
            fetchSite: HTTPField.Name("sec-fetch-site").flatMap { request.headers[$0] },
            origin: request.headers[.origin], allowedOrigin: nil)
        guard let objection else { return }
        throw ManagementError(
            objection.code == Objection.unknownHostCode ? .misdirectedRequest : .forbidden, objection.code,
            objection.message)
    }

    /// Why a request may be a foreign page's.
    struct Objection {
        static let unknownHostCode = "unknown_host"

        var code: String
        var message: String
    }

    /// - Parameters:
    ///   - authority: the `host` header.
    ///   - isChange: whether the request does more than read.
    ///   - fetchSite, origin: the headers of these names, which browsers set and pages cannot.
    ///   - allowedOrigin: pages of another site that may ask all the same; `*` for all.
    func objection(
        authority: String, isChange: Bool, fetchSite: String?, origin: String?, allowedOrigin: String?
    ) -> Objection? {
        let host = Self.host(of: authority)
        guard host.isEmpty || allowedHosts.contains(host) || Self.isAddress(host) else {
            return Objection(
                code: Objection.unknownHostCode,
                message: "the host name '\(AnswerHeaders.sanitized(String(host.prefix(100))))' is not configured; "
                    + "add it with BASE_URL")
        }
        guard isChange else { return nil }
        if let allowedOrigin, allowedOrigin == "*" || allowedOrigin == origin { return nil }
        let crossSite = Objection(code: "cross_site", message: "calls from pages of other sites are refused")
        if let fetchSite, !["same-origin", "none"].contains(fetchSite) { return crossSite }
        guard let origin else { return nil }
        return Self.authority(ofOrigin: origin) == authority.lowercased() ? nil : crossSite
    }

    /// `host[:port]` of an origin (RFC 6454, chapter 6.2), lower-case; nil for `null` and whatever is none.
    private static func authority(ofOrigin origin: String) -> String? {
        for scheme in ["http://", "https://"] where origin.lowercased().hasPrefix(scheme) {
            let authority = origin.lowercased().dropFirst(scheme.count)
            return authority.isEmpty || authority.contains("/") ? nil : String(authority)
        }
        return nil
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
