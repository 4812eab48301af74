/// A secret clients authenticate with, known here by its digest only.
public struct ClientKey: Sendable, Hashable {
    public var id: ClientKeyID
    public var name: String
    /// SHA-256 of the secret's UTF-8 bytes.
    public var digest: [UInt8]
    /// Enough of the secret for a person to recognize it, such as `sk-omni-ab…wxyz`.
    public var mask: String
    public var isActive: Bool
    public var revokedAt: Int64?
    public var createdAt: Int64
    public var limits: ClientKeyLimits

    public init(
        id: ClientKeyID, name: String, digest: [UInt8], mask: String, isActive: Bool = true, revokedAt: Int64? = nil,
        createdAt: Int64 = 0, limits: ClientKeyLimits = ClientKeyLimits()
    ) {
        self.id = id
        self.name = name
        self.digest = digest
        self.mask = mask
        self.isActive = isActive
        self.revokedAt = revokedAt
        self.createdAt = createdAt
        self.limits = limits
    }
}
