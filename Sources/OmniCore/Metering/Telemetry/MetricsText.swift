/// Writes metrics in Prometheus' text format.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/ (checked 2026-11-26)
struct MetricsText {
    private(set) var text = ""

    mutating func write(_ series: [TelemetrySeries]) {
        histogram(
            "gen_ai_server_request_duration", "Time from receipt to the end of the answer, in seconds.", series,
            \.duration, scale: 1e6)
        histogram(
            "gen_ai_server_time_to_first_token", "Time from receipt to the first token of a stream, in seconds.",
            series, \.firstToken, scale: 1e6)
        histogram(
            "gen_ai_server_time_per_output_token", "Time for each token after the first one of a stream, in seconds.",
            series, \.perToken, scale: 1e6)
        histogram(
            "omniroute_overhead_seconds", "The router's own time until the answer began, in seconds.", series,
            \.overhead, scale: 1e6)
        head("gen_ai_client_token_usage", "Tokens of a request.", "histogram")
        for one in series {
            let labels = Self.labels(one.labels)
            buckets("gen_ai_client_token_usage", labels + #",gen_ai_token_type="input""#, one.inputTokens, scale: 1)
            buckets("gen_ai_client_token_usage", labels + #",gen_ai_token_type="output""#, one.outputTokens, scale: 1)
        }
        head("omniroute_requests_total", "Requests by the class of their status.", "counter")
        for one in series {
            let labels = Self.labels(one.labels)
            for (digit, count) in one.statuses.enumerated() where count > 0 {
                let name = digit == 0 ? "none" : "\(digit)xx"
                sample("omniroute_requests_total", labels + #",status_class="\#(name)""#, "\(count)")
            }
        }
        head("omniroute_tokens_total", "Tokens by kind; cache and reasoning are parts of input and output.", "counter")
        for one in series {
            let kinds = [
                ("input", one.inputTokens.sum), ("cache_read", one.cacheReadTokens),
                ("cache_write", one.cacheWriteTokens), ("output", one.outputTokens.sum),
                ("reasoning", one.reasoningTokens),
            ]
            let labels = Self.labels(one.labels)
            for (kind, count) in kinds {
                sample("omniroute_tokens_total", labels + #",kind="\#(kind)""#, "\(count)")
            }
        }
        counter("omniroute_cost_dollars_total", "Cost in US dollars, where prices are known.", series) {
            "\($0.cost.dollars)"
        }
        counter("omniroute_attempts_total", "Calls to upstreams.", series) { "\($0.attempts)" }
        counter("omniroute_cached_requests_total", "Requests answered from the cache.", series) { "\($0.cached)" }
    }

    mutating func write(_ cache: CacheFigures) {
        for (name, help, value) in [
            ("omniroute_cache_hits_total", "Requests answered from the cache since it was emptied.", cache.hits),
            (
                "omniroute_cache_misses_total", "Requests the cache had no answer for, since it was emptied.",
                cache.misses
            ),
        ] {
            head(name, help, "counter")
            sample(name, "", "\(value)")
        }
        head("omniroute_cache_entries", "Answers in memory.", "gauge")
        sample("omniroute_cache_entries", "", "\(cache.entries)")
    }

    mutating func write(_ exclusions: ExclusionFigures) {
        typealias Counts = [ExclusionCounts.Cause: Int]
        func causes(_ counts: Counts) -> [(scope: String, reason: String, count: Int)] {
            counts.map { (scope: $0.key.scope.label, reason: $0.key.reason.rawValue, count: $0.value) }
                .sorted { ($0.scope, $0.reason) < ($1.scope, $1.reason) }
        }
        head("omniroute_cooling", "Accounts and models that are left alone at this moment.", "gauge")
        for (scope, reason, count) in causes(exclusions.cooling) {
            sample("omniroute_cooling", #"scope="\#(scope)",reason="\#(reason)""#, "\(count)")
        }
        head("omniroute_cooldowns_total", "Cooldowns begun since the start.", "counter")
        for (scope, reason, count) in causes(exclusions.counts.cooldowns) {
            sample("omniroute_cooldowns_total", #"scope="\#(scope)",reason="\#(reason)""#, "\(count)")
        }
        let scopes: [FailureVerdict.Scope] = [.account, .model]
        head("omniroute_breakers", "Circuit breakers that are not closed.", "gauge")
        for scope in scopes {
            for (state, counts) in [("half-open", exclusions.halfOpen), ("open", exclusions.open)] {
                sample(
                    "omniroute_breakers", #"scope="\#(scope.label)",state="\#(state)""#, "\(counts[scope] ?? 0)")
            }
        }
        head("omniroute_breaker_openings_total", "Circuit breakers that opened since the start.", "counter")
        for scope in scopes {
            sample(
                "omniroute_breaker_openings_total", #"scope="\#(scope.label)""#,
                "\(exclusions.counts.openings[scope] ?? 0)")
        }
    }

    mutating func counter(_ name: String, _ help: String, _ value: Int) {
        head(name, help, "counter")
        sample(name, "", "\(value)")
    }

    private mutating func histogram(
        _ name: String, _ help: String, _ series: [TelemetrySeries],
        _ part: KeyPath<TelemetrySeries, BoundedHistogram>, scale: Double
    ) {
        head(name, help, "histogram")
        for one in series { buckets(name, Self.labels(one.labels), one[keyPath: part], scale: scale) }
    }

    private mutating func counter(
        _ name: String, _ help: String, _ series: [TelemetrySeries], _ value: (TelemetrySeries) -> String
    ) {
        head(name, help, "counter")
        for one in series { sample(name, Self.labels(one.labels), value(one)) }
    }

    private mutating func buckets(_ name: String, _ labels: String, _ histogram: BoundedHistogram, scale: Double) {
        var count = 0
        for (bound, number) in zip(histogram.bounds, histogram.counts) {
            count += number
            sample("\(name)_bucket", labels + #",le="\#(Double(bound) / scale)""#, "\(count)")
        }
        sample("\(name)_bucket", labels + #",le="+Inf""#, "\(histogram.count)")
        sample("\(name)_sum", labels, "\(Double(histogram.sum) / scale)")
        sample("\(name)_count", labels, "\(histogram.count)")
    }

    private mutating func head(_ name: String, _ help: String, _ type: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func sample(_ name: String, _ labels: String, _ value: String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    private static func labels(_ labels: TelemetrySeries.Labels) -> String {
        #"gen_ai_system="\#(escaped(labels.provider))",gen_ai_request_model="\#(escaped(labels.requestedModel))","#
            + #"gen_ai_response_model="\#(escaped(labels.servedModel))","#
            + #"gen_ai_operation_name="\#(labels.operation.rawValue)""#
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += #"\\"#
            case "\"": escaped += #"\""#
            case "\n": escaped += #"\n"#
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension FailureVerdict.Scope {
    fileprivate var label: String {
        switch self {
        case .none: "none"
        case .account: "account"
        case .model: "model"
        }
    }
}
