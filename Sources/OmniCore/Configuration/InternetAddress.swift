#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// An IPv4 or IPv6 address; one of IPv4 in IPv6's clothes is the one it means.
public struct InternetAddress: Sendable, Hashable, CustomStringConvertible {
    /// Four or sixteen.
    let octets: [UInt8]

    /// - Parameter text: as `inet_pton` takes it; brackets and a zone are allowed.
    public init?(_ text: String) {
        var text = Substring(text)
        if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
        guard let octets = UpstreamAddressPolicy.octets(of: String(text.prefix { $0 != "%" })) else { return nil }
        self.octets = octets
    }

    init(octets: [UInt8]) { self.octets = octets }

    /// Whether only this machine itself can have it.
    public var isLoopback: Bool {
        octets.count == 4 ? octets[0] == 127 : octets.dropLast().allSatisfy { $0 == 0 } && octets[15] == 1
    }

    /// What belongs to one household most likely: an IPv4 address as such, of IPv6 the first 64 bits.
    public var network: String {
        guard octets.count == 16 else { return description }
        return InternetAddress(octets: Array(octets.prefix(8)) + Array(repeating: 0, count: 8)).description + "/64"
    }

    public var description: String {
        guard octets.count == 16 else { return octets.map(String.init).joined(separator: ".") }
        var text = [CChar](repeating: 0, count: 64)
        guard inet_ntop(AF_INET6, octets, &text, 64) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// All addresses that begin with the same bits.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    private let base: InternetAddress
    private let length: Int

    /// - Parameter text: an address, or one with the number of its bits that count (CIDR), such as `10.0.0.0/8`.
    public init?(_ text: String) {
        let pieces = text.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count <= 2, let address = InternetAddress(String(pieces[0])) else { return nil }
        var length = address.octets.count * 8
        if pieces.count == 2 {
            guard pieces[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let bits = UInt8(pieces[1]) else {
                return nil
            }
            // The bits of `::ffff:10.0.0.0/104` are counted as those of IPv6.
            let isMapped = address.octets.count == 4 && pieces[0].contains(":")
            let given = isMapped ? Int(bits) - 96 : Int(bits)
            guard (0...length).contains(given) else { return nil }
            length = given
        }
        self.length = length
        base = InternetAddress(octets: Self.masked(address.octets, length))
    }

    public func contains(_ address: InternetAddress) -> Bool {
        address.octets.count == base.octets.count && Self.masked(address.octets, length) == base.octets
    }

    public var description: String {
        length == base.octets.count * 8 ? base.description : "\(base)/\(length)"
    }

    private static func masked(_ octets: [UInt8], _ length: Int) -> [UInt8] {
        octets.enumerated().map { index, octet in
            let bits = min(max(length - index * 8, 0), 8)
            return bits == 0 ? 0 : octet & (0xFF << UInt8(8 - bits))
        }
    }
}
