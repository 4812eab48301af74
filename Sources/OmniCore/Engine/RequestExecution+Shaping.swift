import OmniJSON
import OmniTranslate

extension RequestExecution {
    /// Adds the instructions of the router's owner, and notes how much models shall think.
    @inline(never)  // Its temporaries would lie in the frame of every request.
    func shape(by shaping: RequestShaping) throws(UpstreamFault) {
        if shaping.thinking.mode != .passthrough { thinking = shaping.thinking }
        guard shaping.systemPrompt.isEnabled, !shaping.systemPrompt.prompt.isEmpty, let envelope,
            !(request.clientFormat == .ollama && OllamaDocuments.isLoad(envelope.body))
        else { return }
        let prompt = JSONText(shaping.systemPrompt.prompt)
        let body = InstructionInsertion.inserted(
            prompt, into: envelope.body, of: request.clientFormat, isGenerate: request.operation.isGenerate)
        hasOwnersInstructions = true
        if let body {
            request.replaceBody(with: body)
            self.envelope = try RequestEnvelope(parsing: request)
            return
        }
        do throws(TranslationError) {
            var decoded = try decoded(envelope)
            decoded.messages.insert(
                Message(role: .system, parts: [.text(TextPart(prompt))]), at: 0)
            canonical = decoded
        } catch {
            throw UpstreamFault(error)
        }
    }

    /// A translated request with the owner's wish for thinking.
    func shaped(
        _ request: CanonicalRequest, for target: Target, context: TranslationContext
    ) -> CanonicalRequest {
        thinking?.applied(to: request, format: target.format, context: context) ?? request
    }

    /// A body that is passed through, with the owner's wish for thinking.
    /// - Returns: nil when it stays as it is, also when nobody here can read it: its upstream will say what is wrong.
    @inline(never)  // Its temporaries would lie in the frame of every suspended attempt.
    func graftThinking(
        onto body: [UInt8], for target: Target, envelope: RequestEnvelope, context: TranslationContext,
        report: inout TranslationReport
    ) -> [UInt8]? {
        guard let thinking else { return nil }
        var context = context
        // Neither of the two is sent; what the change itself loses is told below.
        context.isStrict = false
        do {
            let plain = try decoded(envelope)
            guard let shaped = thinking.applied(to: plain, format: target.format, context: context) else { return nil }
            let before = try Translator.encodeRequest(plain, to: target.format, context: context)
            let after = try Translator.encodeRequest(shaped, to: target.format, context: context)
            let grafted = try RequestGraft.grafted(
                onto: JSONValue(parsing: body), from: JSONValue(parsing: before.body),
                to: JSONValue(parsing: after.body), of: target.format)
            for loss in after.report.losses where !before.report.losses.contains(loss) {
                report.add(loss.field, loss.reason)
            }
            return grafted
        } catch {
            return nil
        }
    }
}
