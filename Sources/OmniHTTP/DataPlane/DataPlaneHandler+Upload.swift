import NIOCore
import OmniCore
import OmniTranslate

/// Requests that bring a file.
extension DataPlaneHandler {
    /// Prepares for a form with a file; who may not send one is told before a byte of it is kept.
    private func intake(
        _ head: RequestHead, route: InferenceRoute
    ) throws(UpstreamFault) -> UploadIntake {
        let request = DataPlaneRequest(head: head, route: route, body: [], plane: plane, state: state)
        _ = try request.authenticatedKey()
        return try UploadIntake(
            contentType: head.fields[.contentType], maximumBytes: plane.options.maximumUploadBytes,
            folder: plane.options.uploadFolder, isHashed: IdempotencyMark(head.fields) != nil, eventLoop: eventLoop)
    }

    /// Gives a client that sends nothing more of its body up after a while.
    func awaitBody() {
        let limit = intake == nil ? plane.options.bodyTimeout : plane.options.uploadStallTimeout
        bodyTimer = eventLoop.scheduleTask(in: TimeAmount(limit)) {
            // A file may take as long as it needs, while it goes on.
            if self.intake?.hasProgressed() == true { return self.awaitBody() }
            self.refuse(
                UpstreamFault(
                    .timeout, status: 408, message: "the request body did not arrive in time", code: "request_timeout"))
        }
    }

    /// Begins to take in a form.
    /// - Returns: false when the request was refused.
    func beginForm(_ head: RequestHead, route: InferenceRoute) -> Bool {
        do throws(UpstreamFault) {
            let intake = try intake(head, route: route)
            intake.onRoom = { [weak self] in self?.readOn() }
            intake.onFault = { [weak self] in self?.refuse($0) }
            self.intake = intake
            return true
        } catch {
            refuse(error)
            return false
        }
    }

    func receiveForm(_ bytes: ByteBuffer) {
        do throws(UpstreamFault) { try intake?.receive(bytes) } catch { refuse(error) }
    }

    /// Lets go of a file that nobody will ask for; what was held back for it may come.
    func dropForm() {
        guard intake != nil else { return }
        intake = nil
        readOn()
    }

    /// Answers a request whose form is complete, but for what the disk has not taken yet.
    func answer(
        _ head: RequestHead, route: InferenceRoute, form intake: UploadIntake, writer: ChannelResponseWriter
    ) async {
        let form: UploadIntake.Form
        do throws(UpstreamFault) {
            form = try await intake.finished()
        } catch {
            let requestID = RequestIdentifier.make(head.fields, random: &state.identifiers)
            return respond(error, format: route.format, requestID: requestID, writer: writer)
        }
        let request = DataPlaneRequest(
            head: head, route: route, body: form.fields, plane: plane, state: state)
        guard let inference = request.immediateAnswer(writer: writer, handler: self) else { return }
        inference.attach(form.upload)
        await plane.engine.answer(inference, routes: state.routes, on: eventLoop, writer: writer)
    }
}
