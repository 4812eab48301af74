public import OmniTranslate

/// One concrete try: provider, connection, model and the format spoken to it.
public struct Target: Sendable {
    public var provider: ProviderID
    /// nil for the simulator, which needs no account.
    public var connection: ConnectionID?
    /// The model id as the upstream knows it.
    public var model: String
    public var format: WireFormat
    public var endpoint: UpstreamEndpoint
    /// Authentication and static headers, complete.
    public var headers: [(name: String, value: String)]
    public var capabilities: ModelCapabilities
    /// Whether the provider is the inventor of the format, so that its newest features may be used.
    public var isNative: Bool
    /// How many numbers its embeddings have unless asked otherwise; nil when that is not known.
    public var dimensions: Int?
    /// Where in the headers an access token is that may be renewed; nil for other credentials.
    public var token: AccountToken?
    /// How its requests leave this process.
    public var carrier: UpstreamCarrier

    public init(
        provider: ProviderID, connection: ConnectionID?, model: String, format: WireFormat, endpoint: UpstreamEndpoint,
        headers: [(name: String, value: String)], capabilities: ModelCapabilities, isNative: Bool
    ) {
        self.provider = provider
        self.connection = connection
        self.model = model
        self.format = format
        self.endpoint = endpoint
        self.headers = headers
        self.capabilities = capabilities
        self.isNative = isNative
        carrier = endpoint.scheme == .simulator ? .simulator : .network
    }
}
