import NIOCore

extension InferenceEngine {
    /// Answers a request whose body and answer may be kept for the log.
    @inline(never)  // What these requests hold, others must not.
    func answerLogged(
        _ request: InferenceRequest, routes: RoutePlanner, on eventLoop: any EventLoop, writer: any ResponseWriter
    ) async {
        let settings = routes.snapshot.routing.bodyLog
        // Counts of tokens stand in no log.
        guard settings.covers(request.clientKey), !request.operation.isCount else {
            return await answerMarked(request, routes: routes, on: eventLoop, writer: writer)
        }
        let recorder = BodyRecorder(writer, request: request, log: bodies, limit: settings.maximumBodyBytes)
        await answerMarked(request, routes: routes, on: eventLoop, writer: recorder)
        recorder.end()
    }
}
