import OmniTranslate

/// Deepgram: the file is the body, everything else is in the query.
extension RequestExecution {
    func transcribe(_ course: TranscriptionCourse, byDeepgram target: Target) async throws -> Outcome {
        let asked = try course.request.deepgramQuery(model: target.model, isStrict: request.isStrict)
        var endpoint = target.endpoint.serviceOperation("listen", version: "v1")
        for parameter in asked.parameters { endpoint = endpoint.adding(parameter.name, parameter.value) }
        let exchange = try await send(
            upload(course, to: endpoint, of: target, contentType: course.audio.contentType))
        guard (200..<300).contains(exchange.status) else {
            return try await serviceRefusal(exchange, target: target, isClientsDialect: false)
        }
        var transcript = try Transcript(deepgram: try await json(exchange))
        transcript.language = transcript.language ?? course.request.language
        return give(transcript, course: course, target: target, report: asked.report, exchange: exchange)
    }
}
