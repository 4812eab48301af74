import NIOCore
import NIOHTTP1
import OmniCore
import OmniTranslate

/// Requests of a connection that was handed over, as ``HandedOverRequests`` tells of them.
extension DataPlaneHandler {
    /// Whether the request in hand is Hummingbird's.
    var isPassing: Bool { if case .passing = phase { true } else { false } }

    /// Takes a request that NIO's codec has read.
    /// - Returns: false when it is Hummingbird's.
    func take(_ head: HTTPRequestHead) -> Bool {
        guard case .idle = phase, !isOver else { return true }
        let own = RequestHead(head)
        if let route = InferenceRoute(method: head.method, uri: head.uri) {
            begin(own, route: route)
            return true
        }
        isQuiet = false
        guard let fault = objection(toInference: false) else {
            phase = .passing(isReceived: false, isAnswered: false)
            return false
        }
        // Refused as the first of the dialects does it, which is how management words its errors too.
        phase = .receiving(own, .notFound(.openAIChat))
        writer = ChannelResponseWriter(handler: self, head: own)
        refuse(fault)
        return true
    }

    /// The end of a request was passed on.
    func passedRequest() {
        guard case .passing(_, let isAnswered) = phase else { return }
        phase = isAnswered ? .idle : .passing(isReceived: true, isAnswered: false)
    }

    /// The end of an answer of Hummingbird's was passed on.
    func passedAnswer() {
        guard case .passing(let isReceived, _) = phase else { return }
        phase = isReceived ? .idle : .passing(isReceived: false, isAnswered: true)
        isQuiet = false
        guard isReceived, let context else { return }
        takeUp(context)
    }
}
