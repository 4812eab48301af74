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
        let name = host.lowercased()
        let metadataNames = ["metadata", "metadata.google.internal", "metadata.goog", "instance-data"]
        let isMetadata = metadataNames.contains(name.hasSuffix(".") ? String(name.dropLast()) : name)
        if isMetadata || isLinkLocal(name) { return "link-local and cloud metadata addresses are refused" }
        if name.allSatisfy({ $0.isNumber || $0 == "." || $0 == "x" || ("a"..."f").contains($0) }), name.hasPrefix("0x") || name.allSatisfy(\.isNumber) {
            return "numeric spellings of addresses other than the dotted one are refused"
        }
        return nil
    }

    private static func isLinkLocal(_ name: String) -> Bool {
        if name.hasPrefix("169.254.") || name == "fd00:ec2::254" || name == "100.100.100.200" { return true }
        if name.hasPrefix("::ffff:") { return isLinkLocal(String(name.dropFirst(7))) || name.hasPrefix("::ffff:a9fe") }
        // fe80::/10
        guard name.contains(":"), let group = name.split(separator: ":").first, let value = UInt16(group, radix: 16)
        else { return false }
        return value & 0xFFC0 == 0xFE80
    }
}
