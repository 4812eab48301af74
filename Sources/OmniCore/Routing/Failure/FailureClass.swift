/// What an attempt's failure says about the target it was made at.
public enum FailureClass: String, Sendable, CaseIterable {
    /// The request is wrong everywhere.
    case clientFault
    /// The request is too long for this model; one with a larger window may take it.
    case contextOverflow
    /// The model refused what was asked.
    case contentFilter
    /// The client left, or the router is going down.
    case cancelled
    /// The key or token is refused.
    case authentication
    /// The account may not do this: a model it has no access to, a region, a policy.
    case forbidden
    /// The account's money or allowance is used up.
    case paymentRequired
    /// Too many requests or tokens for now.
    case rateLimited
    /// The upstream says it has no capacity for now.
    case overloaded
    /// Trouble that may be gone with the next call: a timeout, an error 500, a stream that broke, an answer that is none.
    case transient
    /// A whole answer with nothing in it: nobody's fault that is known, and no reason to leave anything alone.
    case emptyAnswer
    /// No connection came about: the trouble is the account's address, whatever the model.
    case unreachable
    /// The network proxy on the way does not work: the trouble is neither the account's nor the model's.
    case proxyFailed
    /// The account does not have this model.
    case modelUnavailable

    /// Whether it is news about the account's allowance, which the client is told as 429.
    var isLimit: Bool {
        switch self {
        case .rateLimited, .paymentRequired: true
        default: false
        }
    }
}
