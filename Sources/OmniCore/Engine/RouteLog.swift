import OmniJSON
import OmniTranslate

/// When one attempt got where, beside what ``AttemptRecord`` knows.
struct AttemptTimes: Sendable {
    /// The head of the answer came.
    var head: MonotonicInstant?
    /// The client was answered.
    var firstEvent: MonotonicInstant?
    /// The code of the fault it failed with.
    var code: String?
}

/// The way of one request, as the request log keeps it: what was considered, what was attempted and when.
///
/// Made when the request is over and put into words when it is written, away from the request's own loop. Two are equal when
/// they are the same one.
public final class RouteLog: Sendable, Hashable {
    /// How much of what was skipped is kept; what was attempted always is.
    static let maximumEntries = 128

    let plan: RoutePlan
    let trace: RouteTrace
    let attempts: [AttemptRecord]
    let times: [AttemptTimes]
    let startedAt: MonotonicInstant
    /// The attempt that was under way at the end; nil when the last one had failed.
    let last: Last?
    let endedAt: MonotonicInstant

    struct Last: Sendable {
        var target: Int
        /// The record's error, or `served`.
        var outcome: String
        var startedAt: MonotonicInstant
        var waited: UInt64
        var times: AttemptTimes
    }

    init(_ course: RouteCourse, times: [AttemptTimes], last: Last?, endedAt: MonotonicInstant) {
        plan = course.plan
        trace = course.trace ?? RouteTrace()
        attempts = course.attempts
        startedAt = course.startedAt
        self.times = times
        self.last = last
        self.endedAt = endedAt
    }

    public static func == (left: RouteLog, right: RouteLog) -> Bool { left === right }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

    /// One JSON object; times are milliseconds since the request began.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("candidates")
        writer.beginArray()
        writeConsidered(to: &writer) { if case .target = $0 { true } else { false } }
        writer.endArray()
        writer.key("skippedSteps")
        writer.beginArray()
        writeConsidered(to: &writer) { if case .step = $0 { true } else { false } }
        writer.endArray()
        writer.key("omitted")
        writer.value(trace.omitted)
        writer.key("attempts")
        writer.beginArray()
        for (attempt, times) in zip(attempts, times) { write(attempt, times, to: &writer) }
        if let last { write(last, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func milliseconds(_ instant: MonotonicInstant) -> Int {
        Int(clamping: instant.since(startedAt) / 1_000_000)
    }

    /// The same thing seen again for the same reason is counted, not repeated.
    private func writeConsidered(to writer: inout JSONWriter, where isMeant: (RouteTrace.Subject) -> Bool) {
        struct Sight: Hashable {
            var subject: RouteTrace.Subject
            var decision: RouteTrace.Decision
        }
        var counts: [Sight: Int] = [:]
        var order: [RouteTrace.Entry] = []
        for entry in trace.entries where isMeant(entry.subject) {
            let sight = Sight(subject: entry.subject, decision: entry.decision)
            counts[sight, default: 0] += 1
            if counts[sight] == 1 { order.append(entry) }
        }
        for entry in order {
            writer.beginObject()
            switch entry.subject {
            case .target(let index): writeTarget(index, to: &writer)
            case .step(let child): writer.member("step", plan.stepName(child))
            }
            writer.member("decision", entry.decision.words)
            writer.key("atMs")
            writer.value(milliseconds(entry.at))
            writer.key("readyInMs")
            if let readyAt = entry.readyAt, readyAt != .never {
                writer.value(Int(clamping: readyAt.since(entry.at) / 1_000_000))
            } else {
                writer.null()
            }
            writer.key("times")
            writer.value(counts[Sight(subject: entry.subject, decision: entry.decision)] ?? 1)
            writer.endObject()
        }
    }

    private func writeTarget(_ index: Int, to writer: inout JSONWriter) {
        let target = plan.targets[index]
        writer.member("provider", target.provider.rawValue)
        writer.key("connectionId")
        if let connection = target.connection { writer.string(connection.rawValue) } else { writer.null() }
        writer.member("model", target.model)
        writer.member("format", target.format.rawValue)
    }

    private func write(_ attempt: AttemptRecord, _ times: AttemptTimes, to writer: inout JSONWriter) {
        writer.beginObject()
        writeTarget(attempt.target, to: &writer)
        writer.member("outcome", attempt.failure.rawValue)
        writer.key("status")
        writer.value(attempt.status)
        writer.key("code")
        if let code = times.code { writer.string(String(code.prefix(100))) } else { writer.null() }
        writer.key("isRetry")
        writer.value(attempt.isRetry)
        writer.key("isProbe")
        writer.value(attempt.isProbe)
        write(waited: attempt.waited, from: attempt.startedAt, times, to: attempt.endedAt, to: &writer)
        writer.endObject()
    }

    private func write(_ last: Last, to writer: inout JSONWriter) {
        writer.beginObject()
        writeTarget(last.target, to: &writer)
        writer.member("outcome", last.outcome)
        write(waited: last.waited, from: last.startedAt, last.times, to: endedAt, to: &writer)
        writer.endObject()
    }

    private func write(
        waited: UInt64, from start: MonotonicInstant, _ times: AttemptTimes, to end: MonotonicInstant,
        to writer: inout JSONWriter
    ) {
        writer.key("queuedMs")
        writer.value(Int(clamping: waited / 1_000_000))
        writer.key("startMs")
        writer.value(milliseconds(start))
        writer.key("headMs")
        if let head = times.head { writer.value(milliseconds(head)) } else { writer.null() }
        writer.key("firstEventMs")
        if let first = times.firstEvent { writer.value(milliseconds(first)) } else { writer.null() }
        writer.key("endMs")
        writer.value(milliseconds(end))
    }
}

extension RouteTrace.Decision {
    /// As people read it, such as `skipped: cooling`.
    public var words: String {
        switch self {
        case .chosen: "chosen"
        case .lastResort: "last resort"
        case .skipped(let skip): "skipped: \(skip)"
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ text: String) {
        key(name)
        string(text)
    }
}

extension RequestExecution {
    /// Puts the way into the record; of a request that its first candidate served at once nothing but a time.
    @inline(never)  // Its temporaries would lie in the frame of every request.
    func noteRoute(_ route: RouteProgress) {
        let course = route.course
        // The end of an attempt that the client left is told like a failure, yet is none.
        let isOpen = route.failedTimes.count != course.attempts.count || course.attempts.count < course.begun
        if isOpen, let head = route.times.head {
            record.headMS = Int(clamping: head.since(course.startedAt) / 1_000_000)
        }
        guard (course.trace?.entries.count ?? 0) > 1 || !isOpen || record.errorCode != nil || course.waitedBefore > 0
        else { return }
        var last: RouteLog.Last?
        if isOpen, let ticket = route.ticket {
            last = RouteLog.Last(
                target: ticket.target, outcome: record.errorCode ?? "served", startedAt: ticket.startedAt,
                waited: course.waitedBefore, times: route.times)
        }
        record.route = RouteLog(course, times: route.failedTimes, last: last, endedAt: engine.routing.now)
    }
}
