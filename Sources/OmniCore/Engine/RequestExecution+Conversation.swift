import OmniJSON
import OmniTranslate

extension RequestExecution {
    /// Puts what a Responses request refers to in the place of the references, as far as it was answered here.
    ///
    /// What is not known here stays: an upstream that keeps conversations itself may know it.
    func recallConversation(_ envelope: RequestEnvelope) throws(UpstreamFault) {
        let isStored = envelope.body.present("store")?.bool ?? true
        guard isStored || envelope.body.present("previous_response_id") != nil || mayHoldReferences else { return }
        let recalled = engine.responses.recall(
            envelope.body, for: request.clientKey, now: engine.clock.wallMilliseconds())
        if let body = recalled.body {
            request.replaceBody(with: body)
            self.envelope = try RequestEnvelope(parsing: request)
        }
        if isStored {
            self.recalled = recalled
            self.recalled?.body = nil
        }
    }

    private var mayHoldReferences: Bool {
        // Items without a type may be references too; those are rare enough to leave to the upstream.
        envelope?.body["input"]?.elements.contains { $0["type"]?.text?.equals("item_reference") ?? false } ?? false
    }

    /// Tells the codecs whether the answer will be kept, and which one it continues.
    ///
    /// The inventor of the format keeps answers itself.
    func remember(in context: inout TranslationContext, target: Target) {
        context.keepsThoughts = carriesNoThoughts
        guard let recalled, !(isPassthrough(target) && target.isNative) else { return }
        context.keepsAnswer = true
        context.answerSeed = engine.responses.newSeed()
        context.previousResponse = recalled.previous.map { JSONText($0) }
    }

    /// Whether the client's dialect, or many of its programs, cannot carry opaque reasoning state.
    private var carriesNoThoughts: Bool {
        switch request.clientFormat {
        // Programs of Gemini's drop the parts that are thoughts.
        case .openAIChat, .ollama, .gemini: !request.operation.isGenerate
        case .anthropicMessages, .openAIResponses: false
        }
    }

    /// Puts remembered thoughts before the calls of the history that they led to.
    func restoreThoughts(in canonical: inout CanonicalRequest) {
        guard carriesNoThoughts else { return }
        engine.thoughts.restore(
            in: &canonical, of: request.clientFormat, clientKey: request.clientKey,
            now: engine.clock.wallMilliseconds())
    }

    /// Keeps the answer for later requests to refer to, and what led to its calls.
    func keep(_ answer: [UInt8]?, thoughts: ThoughtTrail = ThoughtTrail()) {
        let now = engine.clock.wallMilliseconds()
        engine.thoughts.keep(thoughts, of: request.clientFormat, clientKey: request.clientKey, now: now)
        guard let answer, let recalled else { return }
        engine.responses.keep(answer, of: recalled, for: request.clientKey, now: now)
        self.recalled = nil
    }
}
