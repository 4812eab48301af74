#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Which addresses may be called.
///
/// Link-local addresses never, because cloud machines hand out their credentials there.
public enum UpstreamAddressPolicy {
    /// Who chose an address.
    public enum Scope: Sendable {
        /// An administrator: loopback and private networks are fine, for local models are a main use.
        case configured
        /// A client, who must not reach what only this machine can.
        case publicOnly
    }

    /// - Returns: what is wrong with a base URL, for people; nil when it may be used.
    public static func objection(to url: String) -> String? {
        guard let endpoint = UpstreamEndpoint(url: url) else {
            return "must be an http or https URL without user name and fragment"
        }
        return objection(toHost: endpoint.host)
    }

    /// The same for a host name or an address literal, also one that a name was resolved to.
    public static func objection(toHost host: String, among scope: Scope = .configured) -> String? {
        var name = host.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let metadataNames = ["metadata", "metadata.google.internal", "metadata.goog", "instance-data"]
        if metadataNames.contains(name) { return forbidden }
        let isPublicOnly = scope == .publicOnly
        if let octets = octets(of: name) {
            if isForbidden(octets) { return forbidden }
            return isPublicOnly && isPrivate(octets) ? unreachable : nil
        }
        let localNames = ["localhost", ".localhost", ".local", ".internal", ".lan", ".home.arpa"]
        if isPublicOnly, localNames.contains(where: { name == $0 || $0.hasPrefix(".") && name.hasSuffix($0) }) {
            return unreachable
        }
        // Resolvers also take `0x7f.1`, `017700000001` and the like for addresses; nobody writes those in good faith.
        let isNumeric = name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            label.hasPrefix("0x") ? label.dropFirst(2).allSatisfy(\.isHexDigit) : label.allSatisfy(\.isWholeNumber)
        }
        if isNumeric || name.contains(":") { return "unusual spellings of addresses are refused; write four numbers" }
        return nil
    }

    private static let forbidden = "link-local and cloud metadata addresses are refused"

    private static let unreachable = "addresses of this machine and of private networks are refused"

    /// The bytes of an address literal, an IPv4 address in IPv6's clothes as the four it means; nil for names.
    static func octets(of name: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, name, &bytes) == 1 { return Array(bytes.prefix(4)) }
        guard inet_pton(AF_INET6, name, &bytes) == 1 else { return nil }
        let isMapped = bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }

    /// Whether an address is none of the public internet's (RFC 6890 and the registries it began).
    private static func isPrivate(_ octets: [UInt8]) -> Bool {
        guard octets.count == 4 else {
            // Only 2000::/3 is given out; inside it 6to4, Teredo and documentation lead elsewhere or nowhere. Addresses
            // with an IPv4 address inside (64:ff9b::/96) are outside it.
            let isGlobal = octets[0] & 0xE0 == 0x20
            let isTunnel = octets.starts(with: [0x20, 0x02]) || octets.starts(with: [0x20, 0x01, 0, 0])
            return !isGlobal || isTunnel || octets.starts(with: [0x20, 0x01, 0x0D, 0xB8])
        }
        switch (octets[0], octets[1], octets[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (224..., _, _): return true
        case (100, 64...127, _), (172, 16...31, _), (192, 168, _), (198, 18...19, _): return true
        case (192, 0, 0), (192, 0, 2), (198, 51, 100), (203, 0, 113), (192, 88, 99): return true
        default: return false
        }
    }

    private static func isForbidden(_ octets: [UInt8]) -> Bool {
        if octets.count == 4 {
            // 169.254.0.0/16, and the address of one cloud's metadata service outside it.
            return octets.starts(with: [169, 254]) || octets == [100, 100, 100, 200]
        }
        // fe80::/10, and fd00:ec2::254.
        return octets[0] == 0xFE && octets[1] & 0xC0 == 0x80
            || octets == [0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54]
    }
}
