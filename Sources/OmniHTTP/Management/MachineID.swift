import OmniCore

/// Tells installations apart: 16 hexadecimal digits that stay the same over restarts and give nothing away.
public struct MachineID: Sendable, Hashable {
    public let rawValue: String

    /// - Parameter seed: what is particular to the machine; it cannot be found out from the result.
    public init(seed: String) {
        // The constant keeps the result apart from what other programs make of the same seed.
        rawValue = String(AdminAuthenticator.digest("omniroute machine id\n" + seed).hexadecimal.prefix(16))
    }
}
