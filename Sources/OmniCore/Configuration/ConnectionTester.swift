/// Finds out whether a connection works, by a real call to its upstream.
public protocol ConnectionTester: Sendable {
    /// - Parameter node: the custom endpoint the connection belongs to; nil for providers of the catalogue.
    func test(_ connection: Connection, node: ProviderNode?) async -> ConnectionTestResult
}

/// What a test of a connection found.
public struct ConnectionTestResult: Sendable, Hashable {
    public enum Diagnosis: String, Sendable {
        case ok
        case authenticationMissing = "auth_missing"
        case authenticationFailed = "upstream_auth_error"
        case rateLimited = "upstream_rate_limited"
        case unavailable = "upstream_unavailable"
        case upstreamError = "upstream_error"
        case network = "network_error"
        case unsupported
    }

    public var diagnosis: Diagnosis
    /// For people; nil when all is well.
    public var message: String?
    public var statusCode: Int?
    public var latencyMS: Int

    public var isValid: Bool { diagnosis == .ok }

    public init(diagnosis: Diagnosis, message: String? = nil, statusCode: Int? = nil, latencyMS: Int) {
        self.diagnosis = diagnosis
        self.message = message
        self.statusCode = statusCode
        self.latencyMS = latencyMS
    }
}
