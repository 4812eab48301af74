/// Finds out whether a proxy can be used.
public protocol ProxyTester: Sendable {
    /// Takes at most ten seconds.
    ///
    /// - Parameters:
    ///   - url: what is asked; its answer may name the address it was asked from.
    ///   - proxy: nil to ask without one.
    func test(_ proxy: NetworkProxy?, url: UpstreamEndpoint) async -> ProxyTestResult
}

/// What the test of a proxy showed.
public struct ProxyTestResult: Sendable {
    /// nil when an answer came.
    public var error: TransportError?
    /// Of the answer.
    public var statusCode: Int?
    /// From where the upstream was asked, as it says itself; nil when it does not.
    public var publicAddress: InternetAddress?
    public var latencyMS: Int

    public init(
        error: TransportError? = nil, statusCode: Int? = nil, publicAddress: InternetAddress? = nil, latencyMS: Int
    ) {
        self.error = error
        self.statusCode = statusCode
        self.publicAddress = publicAddress
        self.latencyMS = latencyMS
    }
}
