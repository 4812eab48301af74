#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Which addresses an administrator may point connections at.
///
/// Loopback and private networks are fine: local models are a main use. Link-local addresses are not, because cloud
/// machines hand out their credentials there.
public enum UpstreamAddressPolicy {
    /// - Returns: what is wrong with a base URL, for people; nil when it may be used.
    public static func objection(to url: String) -> String? {
        guard let endpoint = UpstreamEndpoint(url: url) else {
            return "must be an http or https URL without user name and fragment"
        }
        return objection(toHost: endpoint.host)
    }

    /// The same for a host name or an address literal, also one that a name was resolved to.
    public static func objection(toHost host: String) -> String? {
        var name = host.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let metadataNames = ["metadata", "metadata.google.internal", "metadata.goog", "instance-data"]
        if metadataNames.contains(name) { return forbidden }
        if let octets = octets(of: name) { return isForbidden(octets) ? forbidden : nil }
        // Resolvers also take `0x7f.1`, `017700000001` and the like for addresses; nobody writes those in good faith.
        let isNumeric = name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            label.hasPrefix("0x") ? label.dropFirst(2).allSatisfy(\.isHexDigit) : label.allSatisfy(\.isWholeNumber)
        }
        if isNumeric || name.contains(":") { return "unusual spellings of addresses are refused; write four numbers" }
        return nil
    }

    private static let forbidden = "link-local and cloud metadata addresses are refused"

    /// The bytes of an address literal, an IPv4 address in IPv6's clothes as the four it means; nil for names.
    private static func octets(of name: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, name, &bytes) == 1 { return Array(bytes.prefix(4)) }
        guard inet_pton(AF_INET6, name, &bytes) == 1 else { return nil }
        let isMapped = bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
        return isMapped ? Array(bytes.suffix(4)) : bytes
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
