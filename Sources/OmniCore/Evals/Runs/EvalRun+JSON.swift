public import OmniJSON

/// Runs as the management interface shows them and the store keeps them.
extension EvalRun {
    public init(_ fields: JSONFields) throws(FieldFault) {
        var options = Options()
        if let given = try fields.nested("options") {
            var concurrency: Int?
            try given.read("concurrency", into: &concurrency, in: Options.concurrencies)
            options.concurrency = concurrency ?? options.concurrency
            options.maximumCost = given.dollars("maxCostUsd")
            var timeout: Duration?
            try given.read("timeoutMs", into: &timeout, in: Options.timeouts)
            options.timeout = timeout ?? options.timeout
            options.judgeModel = given.value("judgeModel")?.string
            options.clientKey = given.value("keyId")?.string.map { ClientKeyID($0) }
        }
        let tallies = try fields.value("byModel").map { value throws(FieldFault) in
            var tallies: [EvalTally] = []
            for element in value.elements { tallies.append(try EvalTally(JSONFields(element))) }
            return tallies
        }
        self.init(
            id: fields.value("id")?.string ?? "",
            suite: EvalSuite(
                id: fields.value("suiteId")?.string ?? "", name: fields.value("suiteName")?.string ?? ""),
            kind: try fields.choice("kind") ?? .models, models: (tallies ?? []).map(\.model), options: options,
            note: fields.value("note")?.string ?? "", createdAt: fields.time("createdAt") ?? 0)
        self.tallies = tallies ?? []
        status = try fields.choice("status") ?? .failed
        reason = fields.value("reason")?.string
        startedAt = fields.time("startedAt")
        finishedAt = fields.time("finishedAt")
        total = try fields.nested("progress")?.value("total")?.int ?? 0
        costOfRest = fields.dollars("costOfRestUsd") ?? .zero
    }

    /// The members of an object that was begun.
    public func writeMembers(into writer: inout JSONWriter) {
        writer.optional("id", id)
        writer.optional("runId", id)
        writer.optional("suiteId", suiteID)
        writer.optional("suiteName", suiteName)
        writer.optional("kind", kind.rawValue)
        writer.strings("models", models)
        writer.key("options")
        writer.beginObject()
        writer.key("concurrency")
        writer.value(options.concurrency)
        writer.amount("maxCostUsd", options.maximumCost)
        writer.optional("timeoutMs", options.timeout)
        writer.optional("judgeModel", options.judgeModel)
        writer.optional("keyId", options.clientKey?.rawValue)
        writer.endObject()
        writer.optional("note", note)
        writer.optional("status", status.rawValue)
        writer.optional("reason", reason)
        writer.optional("createdAt", ISOTime.string(createdAt))
        writer.optional("startedAt", startedAt.map(ISOTime.string))
        writer.optional("finishedAt", finishedAt.map(ISOTime.string))
        let sum = sum
        writer.key("progress")
        writer.beginObject()
        writer.key("total")
        writer.value(total)
        writer.key("done")
        writer.value(sum.done)
        writer.key("percent")
        writer.value(total == 0 ? 100 : sum.done * 100 / total)
        writer.endObject()
        writer.key("summary")
        writer.beginObject()
        sum.writeMembers(into: &writer)
        writer.endObject()
        writer.amount("costUsd", sum.cost)
        writer.amount("costOfRestUsd", costOfRest)
        writer.key("byModel")
        writer.beginArray()
        for tally in tallies {
            writer.beginObject()
            writer.optional("model", tally.model)
            tally.writeMembers(into: &writer)
            writer.endObject()
        }
        writer.endArray()
    }
}

extension EvalTally {
    init(_ fields: JSONFields) throws(FieldFault) {
        self.init(model: fields.value("model")?.string ?? "")
        done = fields.value("total")?.int ?? 0
        passed = fields.value("passed")?.int ?? 0
        errors = fields.value("errors")?.int ?? 0
        cost = fields.dollars("costUsd") ?? .zero
        unpriced = fields.value("unpriced")?.int ?? 0
        inputTokens = fields.value("inputTokens")?.int ?? 0
        outputTokens = fields.value("outputTokens")?.int ?? 0
        answered = fields.value("answered")?.int ?? 0
        latencyMS = fields.value("latencyMs")?.int ?? 0
    }

    /// The members of an object that was begun; `total` counts what was judged so far.
    func writeMembers(into writer: inout JSONWriter) {
        writer.key("total")
        writer.value(done)
        writer.key("passed")
        writer.value(passed)
        writer.key("failed")
        writer.value(failed)
        writer.key("errors")
        writer.value(errors)
        writer.key("passRate")
        writer.value(JSONNumber(passRate ?? 0))
        writer.amount("costUsd", cost)
        writer.key("unpriced")
        writer.value(unpriced)
        writer.key("inputTokens")
        writer.value(inputTokens)
        writer.key("outputTokens")
        writer.value(outputTokens)
        writer.key("answered")
        writer.value(answered)
        writer.key("latencyMs")
        writer.value(latencyMS)
        writer.key("avgLatencyMs")
        if let averageLatencyMS { writer.value(averageLatencyMS) } else { writer.null() }
    }
}

extension JSONFields {
    func dollars(_ name: StaticString) -> NanoDollars? {
        value(name)?.double.flatMap { NanoDollars(dollars: $0) }
    }

    /// Milliseconds since 1970.
    func time(_ name: StaticString) -> Int64? {
        value(name)?.string.flatMap { ISOTime.milliseconds(from: $0) }
    }
}
