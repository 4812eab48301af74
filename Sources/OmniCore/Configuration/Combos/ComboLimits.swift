/// What is in force for a combo once its own options and the defaults are put together.
public struct ComboLimits: Sendable, Hashable {
    public var retries = 1
    public var retryDelay = Duration.seconds(2)
    public var timeout: Duration?
    public var attemptTimeout: Duration?
    public var concurrency: Int?
    public var queueTimeout = Duration.seconds(30)
    public var sticky = 1
    public var fallbackOnContentFilter = false
    public var fallbackOnContextOverflow = true
    public var maximumAttempts = 12

    /// - Parameter layers: what a layer sets replaces what earlier ones set.
    public init(_ layers: Combo.Options?...) {
        for case .some(let layer) in layers {
            retries = layer.retries ?? retries
            retryDelay = layer.retryDelay ?? retryDelay
            timeout = layer.timeout ?? timeout
            attemptTimeout = layer.attemptTimeout ?? attemptTimeout
            concurrency = layer.concurrency ?? concurrency
            queueTimeout = layer.queueTimeout ?? queueTimeout
            sticky = layer.sticky ?? sticky
            fallbackOnContentFilter = layer.fallbackOnContentFilter ?? fallbackOnContentFilter
            fallbackOnContextOverflow = layer.fallbackOnContextOverflow ?? fallbackOnContextOverflow
            maximumAttempts = layer.maximumAttempts ?? maximumAttempts
        }
    }
}
