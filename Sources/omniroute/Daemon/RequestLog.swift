import OmniCore
import OmniStore

/// The lines of finished requests in the log, in the form of ``StandardErrorLogHandler``: one write for a whole batch.
///
/// A logger's metadata, made, merged and sorted for each line, would cost more than the request's own way through the
/// router's code.
enum RequestLog {
    static func write(_ batch: UsageBatch) {
        StandardErrorLogHandler.write(lines(batch, now: SystemClock().wallMilliseconds()))
    }

    /// - Parameter now: milliseconds since 1970.
    static func lines(_ batch: UsageBatch, now: Int64) -> [UInt8] {
        let start = Array("\(ISOTime.string(now)) info request".utf8)
        var lines = LogLines(reserving: batch.count * 200)
        batch.visit { record, attachment in
            lines.append(start)
            append(record, losses: attachment?.losses, to: &lines)
            lines.append("\n")
        }
        return lines.bytes
    }

    private static func append(_ record: JournaledRecord, losses: String?, to lines: inout LogLines) {
        func number(_ field: JournaledRecord.Number) -> Int64 { record.number(field) ?? 0 }
        func append(_ name: StaticString, _ field: JournaledRecord.Text, to lines: inout LogLines) {
            if let text = record.text(field) { lines.append(name, text) }
        }
        if number(.attempts) > 1 { lines.append(" attempts=", number(.attempts)) }
        if number(.flags) & JournaledRecord.Flag.isCached != 0 { lines.append(" cache=hit") }
        append(" error=", .errorCode, to: &lines)
        if var losses { losses.withUTF8 { lines.append(" losses=", UnsafeRawBufferPointer($0)) } }
        lines.append(" in=", number(.inputTokens) + number(.cacheReadTokens) + number(.cacheWriteTokens))
        append(" model=", .requestedModel, to: &lines)
        lines.append(" ms=", number(.latencyMS))
        lines.append(" out=", number(.outputTokens) + number(.reasoningTokens))
        append(" path=", .path, to: &lines)
        append(" provider=", .provider, to: &lines)
        append(" request=", .requestID, to: &lines)
        lines.append(" status=", number(.status))
    }
}
