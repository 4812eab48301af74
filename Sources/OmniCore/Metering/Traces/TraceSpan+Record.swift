extension TraceSpan {
    /// The spans of one request: one of the server, and below it one for each attempt.
    static func spans(of record: UsageRecord, using random: inout some RandomNumberGenerator) -> [TraceSpan] {
        let parent = record.traceParent.flatMap(TraceParent.init)
        let start = UInt64(clamping: record.startedAt) &* 1_000_000
        var server = TraceSpan(
            traceID: parent?.traceID ?? identifier(bytes: 16, using: &random),
            spanID: identifier(bytes: 8, using: &random), parentID: parent?.spanID, name: "POST \(record.path)",
            kind: .server, start: start, end: start + UInt64(clamping: record.latencyMS) * 1_000_000)
        let attempts =
            record.route?.attemptSpans(below: server, using: &random) ?? directAttempt(record, below: server)
            .map { attempt in
                var attempt = attempt
                attempt.spanID = identifier(bytes: 8, using: &random)
                return [attempt]
            } ?? []
        server.end = max(server.end, attempts.map(\.end).max() ?? 0)
        server.addRequest(record)
        return [server]
            + attempts.map { attempt in
                var attempt = attempt
                attempt.add("gen_ai.operation.name", record.operationName)
                // Told once, so that sums over spans are right; answers from the cache cost nothing.
                if attempt.isServing { attempt.addUsage(of: record) }
                return attempt
            }
    }

    /// Whether it is the attempt that the client's answer came from.
    private var isServing: Bool { attributes.contains { $0.name == Self.served } }

    private static let served = "gen_ai.response.model"

    private mutating func addRequest(_ record: UsageRecord) {
        add("http.request.method", "POST")
        add("url.path", record.path)
        add("http.response.status_code", record.status)
        add("gen_ai.operation.name", record.operationName)
        add("gen_ai.request.model", record.requestedModel)
        add("omniroute.request.id", record.requestID)
        add("omniroute.client_key.id", record.clientKeyID?.rawValue)
        add("omniroute.combo", record.combo)
        add("omniroute.attempts", record.attempts)
        add("omniroute.overhead_us", record.overheadMicroseconds)
        add("omniroute.time_to_first_token_ms", record.timeToFirstTokenMS)
        attributes.append(("omniroute.stream", .flag(record.isStreaming)))
        attributes.append(("omniroute.cached", .flag(record.isCached)))
        if let cost = record.cost { attributes.append(("omniroute.cost_usd", .decimal(cost.dollars))) }
        add("error.type", record.errorCode)
        // What the client got wrong is no fault of the server.
        if record.status >= 500 || (record.status < 400 && record.errorCode != nil) {
            error = record.errorCode ?? "\(record.status)"
        }
    }

    private mutating func addUsage(of record: UsageRecord) {
        add("gen_ai.usage.input_tokens", record.inputTokens + record.cacheReadTokens + record.cacheWriteTokens)
        add("gen_ai.usage.output_tokens", record.outputTokens + record.reasoningTokens)
        add("gen_ai.usage.cache_read.input_tokens", record.cacheReadTokens)
        add("gen_ai.usage.cache_creation.input_tokens", record.cacheWriteTokens)
        add("gen_ai.usage.reasoning.output_tokens", record.reasoningTokens)
        attributes.append(("omniroute.usage_estimated", .flag(record.isEstimated)))
    }

    /// The one attempt of a request that its first candidate served at once.
    private static func directAttempt(_ record: UsageRecord, below server: TraceSpan) -> TraceSpan? {
        guard record.attempts > 0 else { return nil }
        var span = attempt(
            below: server, provider: record.provider, model: record.servedModel,
            connection: record.connectionID?.rawValue, host: record.upstreamHost, port: nil)
        span.end = server.end
        if let code = record.errorCode {
            span.fail(code)
        } else {
            span.add(served, record.servedModel)
        }
        return span
    }

    fileprivate static func attempt(
        below server: TraceSpan, provider: String, model: String, connection: String?, host: String?, port: Int?
    ) -> TraceSpan {
        var span = TraceSpan(
            traceID: server.traceID, spanID: "", parentID: server.spanID, name: "attempt \(model)", kind: .client,
            start: server.start, end: server.start)
        span.add("gen_ai.provider.name", providerNames[provider] ?? provider)
        span.add("gen_ai.request.model", model)
        span.add("server.address", host)
        span.add("server.port", port)
        span.add("omniroute.connection.id", connection)
        return span
    }

    fileprivate mutating func fail(_ type: String) {
        add("error.type", type)
        error = type
    }

    /// The conventions' own names where they differ from the catalogue's.
    private static let providerNames = [
        "gemini": "gcp.gemini", "vertex": "gcp.vertex_ai", "mistral": "mistral_ai", "xai": "x_ai",
        "bedrock": "aws.bedrock", "azure": "azure.ai.openai",
    ]

    fileprivate static func identifier(bytes: Int, using random: inout some RandomNumberGenerator) -> String {
        var identifier: [UInt8] = []
        // All zeros are no identifier.
        while identifier.allSatisfy({ $0 == 0 }) {
            identifier = (0..<bytes).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        }
        return identifier.hexadecimal
    }

    fileprivate mutating func serve(_ model: String) { add(Self.served, model) }
}

extension RouteLog {
    fileprivate func attemptSpans(
        below server: TraceSpan, using random: inout some RandomNumberGenerator
    ) -> [TraceSpan] {
        func moment(_ instant: MonotonicInstant) -> UInt64 { server.start + instant.since(startedAt) }
        var spans: [TraceSpan] = []
        func begin(_ target: Int, from start: MonotonicInstant, to end: MonotonicInstant) -> TraceSpan {
            let target = plan.targets[target]
            var span = TraceSpan.attempt(
                below: server, provider: target.provider.rawValue, model: target.model,
                connection: target.connection?.rawValue, host: target.endpoint.host, port: target.endpoint.port)
            span.spanID = TraceSpan.identifier(bytes: 8, using: &random)
            span.start = moment(start)
            span.end = moment(end)
            return span
        }
        for (attempt, times) in zip(attempts, times) {
            var span = begin(attempt.target, from: attempt.startedAt, to: attempt.endedAt)
            span.add("http.response.status_code", attempt.status)
            span.add("omniroute.waited_ms", Int(clamping: attempt.waited / 1_000_000))
            span.attributes.append(("omniroute.retry", .flag(attempt.isRetry)))
            span.fail(times.code ?? attempt.failure.rawValue)
            spans.append(span)
        }
        if let last {
            var span = begin(last.target, from: last.startedAt, to: endedAt)
            span.add("omniroute.waited_ms", Int(clamping: last.waited / 1_000_000))
            if last.outcome == "served" { span.serve(plan.targets[last.target].model) } else { span.fail(last.outcome) }
            spans.append(span)
        }
        return spans
    }
}

extension UsageRecord {
    /// One of the conventions' well-known values.
    fileprivate var operationName: String {
        if path.contains("mbed") { return "embeddings" }
        return path.hasSuffix("/v1/completions") ? "text_completion" : "chat"
    }
}
