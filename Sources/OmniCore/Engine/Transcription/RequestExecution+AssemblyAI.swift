import OmniJSON
import OmniTranslate

/// AssemblyAI: the file is uploaded, a job submitted for it, and the job asked after until it is done.
extension RequestExecution {
    func transcribe(_ course: TranscriptionCourse, byAssemblyAI target: Target) async throws -> Outcome {
        let deadline = engine.routing.now + engine.options.deadlines.total
        // A mistake is told before anything is uploaded.
        _ = try course.request.assemblyAIJob(model: target.model, audioURL: "", isStrict: request.isStrict)
        let uploaded = try await send(
            upload(
                course, to: target.endpoint.serviceOperation("upload", version: "v2"), of: target,
                contentType: "application/octet-stream"))
        guard (200..<300).contains(uploaded.status) else {
            return try await serviceRefusal(uploaded, target: target, isClientsDialect: false)
        }
        guard let address = try await json(uploaded).present("upload_url")?.string else {
            throw TranslationError(.malformedAnswer, "the upload has no address", at: "upload_url")
        }
        let job = try course.request.assemblyAIJob(
            model: target.model, audioURL: address, isStrict: request.isStrict)
        let jobs = target.endpoint.serviceOperation("transcript", version: "v2")
        let submitted = try await send(call(jobs, of: target, body: job.body, contentType: "application/json"))
        guard (200..<300).contains(submitted.status) else {
            return try await serviceRefusal(submitted, target: target, isClientsDialect: false)
        }
        guard let id = try await json(submitted).present("id")?.string, !id.isEmpty else {
            throw TranslationError(.malformedAnswer, "the job has no name", at: "id")
        }
        let (path, query) = jobs.parts
        var endpoint = jobs
        endpoint.path = path + "/\(id.percentEncoded)" + query
        return try await follow(endpoint, until: deadline, course: course, target: target, report: job.report)
    }

    /// Asks after a job until it is done; a client that leaves ends that.
    private func follow(
        _ job: UpstreamEndpoint, until deadline: MonotonicInstant, course: TranscriptionCourse, target: Target,
        report: TranslationReport
    ) async throws -> Outcome {
        var polls = JobPolling()
        while true {
            let wait = polls.nextWait()
            guard engine.routing.now + wait < deadline else {
                throw TransportError(.totalTimeout, "the upstream did not finish the transcription in time")
            }
            do {
                try await Task.sleep(for: wait)
            } catch {
                throw TransportError(.cancelled, "the call was cancelled")
            }
            let exchange: any UpstreamExchange
            do throws(TransportError) {
                var call = call(job, of: target)
                call.method = "GET"
                exchange = try await send(call)
            } catch {
                // One lost answer must not cost the upload.
                guard error.code != .cancelled, polls.toleratesFailure() else { throw error }
                continue
            }
            guard (200..<300).contains(exchange.status) else {
                let refused = try await serviceRefusal(exchange, target: target, isClientsDialect: false)
                guard exchange.status >= 500 || exchange.status == 429, polls.toleratesFailure() else { return refused }
                continue
            }
            polls.succeeded()
            switch try AssemblyAIJobState(try await json(exchange)) {
            case .waiting: continue
            case .completed(let transcript):
                return give(transcript, course: course, target: target, report: report, exchange: exchange)
            case .failed(let fault): throw fault
            }
        }
    }
}

/// How often a job is asked after: soon at first, then every three seconds.
struct JobPolling {
    private var wait = Duration.milliseconds(500)
    private var failures = 0

    mutating func nextWait() -> Duration {
        let next = wait
        wait = min(wait * 3 / 2, .seconds(3))
        return next
    }

    /// - Returns: false when too many polls failed in a row.
    mutating func toleratesFailure() -> Bool {
        failures += 1
        return failures <= 3
    }

    mutating func succeeded() { failures = 0 }
}
