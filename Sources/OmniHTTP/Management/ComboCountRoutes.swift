import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var comboCountRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/combos/metrics", .read, .comboCounts, comboCounts),
            ManagementRoute(.delete, "/api/combos/metrics", .write, .resetComboCounts, resetComboCounts),
        ]
    }

    /// What became of the requests of each combo, and of the attempts at each of its steps; `combo` (a name or an id) shows
    /// one.
    private func comboCounts(_ call: ManagementRequest) async throws -> ManagementResponse {
        let (combos, isOne) = try await countedCombos(call)
        let counts = dependencies.routing.withHealth { health in
            combos.map { combo in
                ComboCounts(
                    combo: combo, whole: health.counts(of: combo.id),
                    steps: combo.stepKeys.map { health.counts(ofStep: $0) })
            }
        }
        let (now, wall) = (dependencies.routing.now, dependencies.clock.wallMilliseconds())
        let moment = { (instant: MonotonicInstant) in wall - Int64(clamping: now.since(instant) / 1_000_000) }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("metrics")
            if isOne, let only = counts.first {
                writer.write(only, moment: moment)
            } else {
                writer.beginObject()
                for counts in counts {
                    writer.key(JSONText(counts.combo.name))
                    writer.write(counts, moment: moment)
                }
                writer.endObject()
            }
            writer.endObject()
        }
    }

    private func resetComboCounts(_ call: ManagementRequest) async throws -> ManagementResponse {
        let (combos, isOne) = try await countedCombos(call)
        dependencies.routing.withHealth { $0.resetCounts(of: isOne ? combos.first : nil) }
        return .success(message: isOne ? "the combo is counted anew" : "all combos are counted anew")
    }

    private func countedCombos(_ call: ManagementRequest) async throws -> (combos: [Combo], isOne: Bool) {
        let combos = try await dependencies.store.load().combos
        guard let name = call.query("combo"), !name.isEmpty else { return (combos, false) }
        guard let combo = combos.first(where: { $0.name == name }) ?? combos.first(where: { $0.id.rawValue == name })
        else { throw ManagementError.notFound("combo") }
        return ([combo], true)
    }
}

/// What was counted of one combo.
private struct ComboCounts: Sendable {
    var combo: Combo
    var whole: ServingCounts
    /// In the order of the combo's steps.
    var steps: [ServingCounts]
}

extension JSONWriter {
    fileprivate mutating func write(_ counted: ComboCounts, moment: (MonotonicInstant) -> Int64) {
        let (combo, counts, steps) = (counted.combo, counted.whole, counted.steps)
        beginObject()
        key("totalRequests")
        value(counts.requests)
        key("totalSuccesses")
        value(counts.successes)
        key("totalFailures")
        value(counts.failures)
        key("totalFallbacks")
        value(counts.fallbacks)
        key("totalLatencyMs")
        value(Int(counts.latency / 1_000_000))
        key("strategy")
        string(combo.strategy.rawValue)
        averages(of: counts, moment: moment)
        key("fallbackRate")
        value(JSONNumber(counts.requests > 0 ? Double(counts.fallbacks) / Double(counts.requests) : 0))
        var models: [(name: String, counts: ServingCounts)] = []
        for (step, counts) in zip(combo.steps, steps) {
            if let known = models.firstIndex(where: { $0.name == step.model }) {
                models[known].counts = models[known].counts + counts
            } else {
                models.append((step.model, counts))
            }
        }
        key("byModel")
        beginObject()
        for model in models {
            key(JSONText(model.name))
            beginObject()
            stepMembers(model.counts, moment: moment)
            endObject()
        }
        endObject()
        key("steps")
        beginArray()
        for (index, counts) in steps.enumerated() {
            beginObject()
            key("step")
            value(index)
            key("model")
            string(combo.steps[index].model)
            stepMembers(counts, moment: moment)
            endObject()
        }
        endArray()
        endObject()
    }

    private mutating func stepMembers(_ counts: ServingCounts, moment: (MonotonicInstant) -> Int64) {
        key("requests")
        value(counts.requests)
        key("successes")
        value(counts.successes)
        key("failures")
        value(counts.failures)
        key("totalLatencyMs")
        value(Int(counts.latency / 1_000_000))
        key("lastStatus")
        if counts.requests > 0 { value(counts.lastStatus) } else { null() }
        averages(of: counts, moment: moment)
    }

    /// Rates are parts of one; latency is the time to the first event.
    private mutating func averages(of counts: ServingCounts, moment: (MonotonicInstant) -> Int64) {
        key("avgLatencyMs")
        value(counts.answers > 0 ? Int(counts.latency / 1_000_000) / counts.answers : 0)
        key("successRate")
        value(JSONNumber(counts.requests > 0 ? Double(counts.successes) / Double(counts.requests) : 0))
        key("lastUsedAt")
        if counts.requests > 0 { string(ISOTime.string(moment(counts.lastUsedAt))) } else { null() }
    }
}
