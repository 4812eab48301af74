/// Keeps what a person configured.
///
/// Every change is durable when its call returns.
public protocol ConfigurationStore: AdministrationStore {
    /// The whole configuration, secrets decrypted.
    func load() async throws -> RouterConfiguration

    func insertConnection(_ connection: Connection) async throws
    /// Changes all but OAuth tokens, which a renewal may change at the same time (``replaceTokens(of:from:to:)``).
    /// - Returns: false when there is none with this id.
    @discardableResult func updateConnection(_ connection: Connection) async throws -> Bool
    @discardableResult func deleteConnection(_ id: ConnectionID) async throws -> Bool

    /// Puts tokens in the place of others, in one step.
    /// - Parameter old: what was there when the new ones were asked for; nil for whatever there is.
    /// - Returns: false when the connection is gone, or has other tokens meanwhile: then nothing is changed.
    func replaceTokens(of id: ConnectionID, from old: OAuthTokens?, to new: OAuthTokens) async throws -> Bool
    /// What a person says about an OAuth provider; nil takes it back.
    /// - Returns: false when there was nothing to take back.
    @discardableResult func setOAuth(_ registration: OAuthRegistration?, of provider: String) async throws -> Bool

    func insertNode(_ node: ProviderNode) async throws
    @discardableResult func updateNode(_ node: ProviderNode) async throws -> Bool
    /// Deletes the node and its connections in one transaction.
    @discardableResult func deleteNode(_ id: ProviderNodeID) async throws -> Bool

    func insertClientKey(_ key: ClientKey) async throws
    @discardableResult func updateClientKey(_ key: ClientKey) async throws -> Bool

    func setAlias(_ alias: ModelAlias) async throws
    @discardableResult func removeAlias(_ alias: String) async throws -> Bool

    func insertCombo(_ combo: Combo) async throws
    @discardableResult func updateCombo(_ combo: Combo) async throws -> Bool
    @discardableResult func deleteCombo(_ id: ComboID) async throws -> Bool

    /// Makes all changes or none.
    func changePrices(_ changes: [PriceChange]) async throws
    /// Takes back what was set: for one model, for a provider (no model), or for all (neither).
    func removePrices(provider: ProviderID?, model: String?) async throws
    /// Puts the prices of a file in the place of all that were imported before; nil takes them away.
    func replaceImportedPrices(_ file: PriceFile?) async throws
    /// What is told of the import in force, as a JSON object; nil when there is none.
    func priceImportReport() async throws -> String?

    /// Adds a model, or changes the one that the provider has under this id in any case.
    func setCustomModel(_ model: CustomModel) async throws
    @discardableResult func removeCustomModel(provider: ProviderID, id: String) async throws -> Bool

    /// Limits that limit nothing are taken away.
    func setLimits(_ limits: UsageLimits, of scope: LimitScope) async throws

    /// Changes aliases, combos and settings in one step: what the function is given is stored still when its changes are.
    ///
    /// Other parts of the configuration are for reading. When the function throws nothing is changed.
    /// - Throws: what the function throws; ``ConfigurationConflict`` when a name is taken.
    func transform<Result: Sendable>(
        _ change: @escaping @Sendable (inout RouterConfiguration) throws -> Result
    ) async throws -> Result

    func updateSettings(_ settings: RouterSettings) async throws
    func updateRouting(_ settings: RoutingSettings) async throws

    func insertPolicy(_ policy: RouterPolicy) async throws
    @discardableResult func updatePolicy(_ policy: RouterPolicy) async throws -> Bool
    @discardableResult func deletePolicy(_ id: String) async throws -> Bool

    func updateShaping(_ shaping: RequestShaping) async throws
    func updateAddressFilter(_ filter: AddressFilter) async throws

    func passwordHash() async throws -> String?
    func setPasswordHash(_ hash: String) async throws
    /// SHA-256 of the one-time setup token; nil when there is none.
    func setupTokenDigest() async throws -> [UInt8]?
    func setSetupTokenDigest(_ digest: [UInt8]?) async throws
    /// Takes the setup token away if it is the one with this digest, in one step: of several callers one succeeds.
    /// - Returns: false when there is no such token.
    func spendSetupToken(digest: [UInt8]) async throws -> Bool

    func sessionExpiry(digest: [UInt8]) async throws -> Int64?
    func removeSession(digest: [UInt8]) async throws
    func removeAllSessions() async throws
    func removeExpiredSessions(now: Int64) async throws
}
