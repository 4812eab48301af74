/// A request that is being answered at this moment.
public struct ActiveRequest: Sendable, Hashable {
    /// As the provider calls it.
    public var model: String
    public var provider: String
    /// nil where no account is needed.
    public var connectionID: ConnectionID?

    public init(model: String, provider: String, connectionID: ConnectionID?) {
        self.model = model
        self.provider = provider
        self.connectionID = connectionID
    }
}
