import OmniTranslate
import Testing

@testable import OmniCore

@Suite struct FailureClassifierTests {
    struct Case: CustomTestStringConvertible {
        var name: String
        var fault: UpstreamFault
        var failure: FailureClass
        var canRefresh = false
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "400", fault: .init(.invalidRequest, message: "bad"), failure: .clientFault),
        // Words that would mean something elsewhere must not take an account out of service.
        Case(
            name: "400 with words",
            fault: .init(.invalidRequest, message: "capacity: rate limit exceeded, out of credits"),
            failure: .clientFault),
        Case(name: "405", fault: .init(.methodNotAllowed, message: "no"), failure: .clientFault),
        Case(name: "409", fault: .init(.conflict, message: "no"), failure: .clientFault),
        Case(name: "422", fault: .init(.unprocessable, message: "no"), failure: .clientFault),
        Case(
            name: "400 for a model", fault: .init(.invalidRequest, message: "no", code: "model_not_found"),
            failure: .modelUnavailable),
        Case(name: "too long", fault: .init(.contextLength, message: "no"), failure: .contextOverflow),
        Case(name: "413", fault: .init(.tooLarge, message: "no"), failure: .contextOverflow),
        Case(
            name: "content filter", fault: .init(.invalidRequest, message: "no", code: "content_filter"),
            failure: .contentFilter),
        Case(name: "cancelled", fault: .init(.clientClosed, message: "gone"), failure: .cancelled),
        Case(name: "401", fault: .init(.authentication, message: "no"), failure: .authentication),
        Case(name: "402", fault: .init(.billing, message: "no"), failure: .paymentRequired),
        Case(name: "403", fault: .init(.permission, message: "not in your region"), failure: .forbidden),
        Case(
            name: "403 for credits", fault: .init(.permission, message: "Your credit balance is too low"),
            failure: .paymentRequired),
        Case(
            name: "403 for a closed account", fault: .init(.permission, message: "Your account has been suspended."),
            failure: .authentication),
        Case(
            name: "403 for an old token", fault: .init(.permission, message: "Token expired"), failure: .authentication,
            canRefresh: true),
        Case(
            name: "403 for an old token without another", fault: .init(.permission, message: "Token expired"),
            failure: .forbidden),
        Case(name: "404", fault: .init(.notFound, message: "no"), failure: .modelUnavailable),
        Case(name: "429", fault: .init(.rateLimit, message: "slow down"), failure: .rateLimited),
        // Gemini says this for every limit, also for those of a minute.
        Case(
            name: "429 of Gemini", fault: .init(.rateLimit, message: "You exceeded your current quota"),
            failure: .rateLimited),
        Case(
            name: "429 for credits", fault: .init(.rateLimit, message: "no", code: "billing_hard_limit_reached"),
            failure: .paymentRequired),
        Case(name: "503", fault: .init(.overloaded, message: "busy"), failure: .overloaded),
        Case(name: "529", fault: .init(.overloaded, status: 529, message: "busy"), failure: .overloaded),
        Case(name: "504", fault: .init(.timeout, message: "slow"), failure: .transient),
        Case(name: "500", fault: .init(.upstream, status: 500, message: "oops"), failure: .transient),
        Case(
            name: "refused", fault: .init(.upstream, message: "no", code: "upstream_unreachable"),
            failure: .unreachable),
        Case(
            name: "no proxy", fault: .init(.upstream, message: "no", code: "proxy_unreachable"), failure: .proxyFailed),
        Case(
            name: "a proxy's login", fault: .init(.upstream, message: "no", code: "proxy_authentication"),
            failure: .proxyFailed),
        Case(name: "empty", fault: .init(.upstream, message: "no", code: "empty_answer"), failure: .emptyAnswer),
        Case(
            name: "cut off", fault: .init(.upstream, message: "no", code: "upstream_incomplete"), failure: .transient),
    ])
    func classifies(_ expected: Case) {
        #expect(FailureClassifier.classify(expected.fault, canRefresh: expected.canRefresh) == expected.failure)
    }

    /// The table of the type's documentation; exhaustive on purpose: a new class must be decided on here too.
    @Test(arguments: UpstreamFault.Kind.allCases)
    func theVerdictIsThatOfTheTable(_ kind: UpstreamFault.Kind) {
        let verdict = FailureClassifier.verdict(UpstreamFault(kind, message: "m"))
        switch verdict.failure {
        case .clientFault, .cancelled:
            #expect(verdict.scope == .none && verdict.action == .stop)
        case .contextOverflow, .contentFilter:
            #expect(verdict.scope == .none && verdict.action == .nextStep)
        case .authentication, .paymentRequired:
            #expect(verdict.scope == .account && verdict.action == .rotate)
        case .forbidden, .rateLimited, .modelUnavailable:
            #expect(verdict.scope == .model && verdict.action == .rotate)
        case .overloaded, .transient:
            #expect(verdict.scope == .model && verdict.action == .retry)
        case .unreachable:
            #expect(verdict.scope == .account && verdict.action == .retry)
        case .emptyAnswer, .proxyFailed:
            #expect(verdict.scope == .none && verdict.action == .rotate)
        }
        let isUpstreams = [.overloaded, .transient, .unreachable].contains(verdict.failure)
        #expect(verdict.tripsBreaker == isUpstreams)
        #expect((verdict.backoff == .none) == (verdict.scope == .none))
        #expect(!verdict.suggestsRefresh)
    }

    /// Another proxy may work, and this one may work again; the accounts behind it are as good as before.
    @Test(arguments: [
        (TransportError.Code.proxyRefused, FailureVerdict.Action.retry), (.proxyTimeout, .retry),
        (.proxyUnresolvable, .retry), (.proxyTLSFailed, .retry), (.proxyFailed, .retry),
        (.proxyAuthentication, .rotate), (.proxyDenied, .rotate),
    ])
    func aProxyIsNoAccountsFault(code: TransportError.Code, action: FailureVerdict.Action) {
        let verdict = FailureClassifier.verdict(UpstreamFault(TransportError(code, "m")))
        #expect(verdict.failure == .proxyFailed && verdict.scope == .none && verdict.action == action)
        #expect(!verdict.tripsBreaker && verdict.backoff == .none)
    }

    @Test func aRefreshIsSuggestedOnceThereIsAToken() {
        let fault = UpstreamFault(.authentication, message: "expired")
        #expect(FailureClassifier.verdict(fault, canRefresh: true).suggestsRefresh)
        #expect(!FailureClassifier.verdict(fault, canRefresh: false).suggestsRefresh)
    }

    @Test func windowsOfSubscriptionsAreBelievedLonger() {
        let plain = FailureClassifier.verdict(UpstreamFault(.rateLimit, message: "slow down"), reset: 1)
        let quota = FailureClassifier.verdict(
            UpstreamFault(.rateLimit, message: "5-hour usage limit reached"), reset: 1)
        #expect(plain.backoff.longestReset == 1_800_000_000_000)
        #expect(quota.backoff.longestReset == 21_600_000_000_000)
    }

    @Test func anUnreachableAddressNamesNoReset() {
        let fault = UpstreamFault(.upstream, message: "no", code: "upstream_unreachable")
        #expect(FailureClassifier.verdict(fault, reset: 5).reset == nil)
    }
}
