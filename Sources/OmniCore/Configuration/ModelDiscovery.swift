/// Asks upstreams which models they have.
public protocol ModelDiscovery: Sendable {
    /// - Parameters:
    ///   - node: the custom endpoint the connection belongs to; nil for providers of the catalogue.
    ///   - refresh: whether what was heard some minutes ago is not good enough.
    func models(
        of connection: Connection, node: ProviderNode?, refresh: Bool
    ) async throws(ModelDiscoveryError) -> DiscoveredModels
}

/// An upstream's own list of models.
public struct DiscoveredModels: Sendable, Hashable {
    public var models: [DiscoveredModel]
    /// Whether there were more than are kept.
    public var isTruncated: Bool
    /// When the upstream was asked, in milliseconds since 1970.
    public var fetchedAt: Int64
    public var isCached = false

    public init(models: [DiscoveredModel], isTruncated: Bool = false, fetchedAt: Int64) {
        self.models = models
        self.isTruncated = isTruncated
        self.fetchedAt = fetchedAt
    }
}

/// A model as its upstream describes it; most tell little more than the id.
public struct DiscoveredModel: Sendable, Hashable {
    public var id: String
    public var name: String?
    /// One of ``ModelDescription/kinds``; nil when the upstream does not say.
    public var kind: String?
    public var contextWindow: Int?
    public var maxOutputTokens: Int?
    public var capabilities: Set<ModelCapability> = []
    public var owner: String?

    public init(id: String) { self.id = id }
}

/// Why an upstream's list of models cannot be had.
public struct ModelDiscoveryError: Error, Sendable, Hashable, CustomStringConvertible {
    public var diagnosis: ConnectionTestResult.Diagnosis
    /// For people; no secret and no address.
    public var message: String
    /// What the upstream answered with.
    public var statusCode: Int?

    public init(_ diagnosis: ConnectionTestResult.Diagnosis, _ message: String, statusCode: Int? = nil) {
        self.diagnosis = diagnosis
        self.message = message
        self.statusCode = statusCode
    }

    public var description: String { message }
}
