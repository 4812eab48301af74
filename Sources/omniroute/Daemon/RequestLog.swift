import Foundation
import OmniCore

/// The lines of finished requests in the log, in the form of ``StandardErrorLogHandler``: one write for a whole batch.
///
/// A logger's metadata, made, merged and sorted for each line, would cost more than the request's own way through the
/// router's code.
enum RequestLog {
    static func write(_ records: [UsageRecord]) {
        guard !records.isEmpty else { return }
        let time = ISOTime.string(SystemClock().wallMilliseconds())
        var lines: [UInt8] = []
        lines.reserveCapacity(records.count * 200)
        records.withUnsafeBufferPointer { records in
            for index in records.indices { append(records[index], at: time, to: &lines) }
        }
        StandardErrorLogHandler.write(lines)
    }

    private static func append(_ record: UsageRecord, at time: String, to lines: inout [UInt8]) {
        lines.append(contentsOf: time.utf8)
        lines.append(contentsOf: " info request".utf8)
        if record.attempts > 1 { append("attempts", record.attempts, to: &lines) }
        if record.isCached { append("cache", "hit", to: &lines) }
        if let code = record.errorCode { append("error", code, to: &lines) }
        if let losses = record.losses { append("losses", losses, to: &lines) }
        append("in", record.inputTokens + record.cacheReadTokens + record.cacheWriteTokens, to: &lines)
        append("model", record.requestedModel, to: &lines)
        append("ms", record.latencyMS, to: &lines)
        append("out", record.outputTokens + record.reasoningTokens, to: &lines)
        append("path", record.path, to: &lines)
        append("provider", record.provider, to: &lines)
        append("request", record.requestID, to: &lines)
        append("status", record.status, to: &lines)
        lines.append(0x0A)
    }

    private static func append(_ name: StaticString, _ number: Int, to lines: inout [UInt8]) {
        append(name, String(number), to: &lines)
    }

    private static func append(_ name: StaticString, _ value: String, to lines: inout [UInt8]) {
        lines.append(0x20)
        lines.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        lines.append(UInt8(ascii: "="))
        var value = value
        // The bytes in one piece: to step through a string's view of them takes several times as long.
        let isPlain = value.withUTF8 { bytes in
            let isPlain = bytes.allSatisfy {
                $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") && $0 != 0x7F
            }
            if isPlain { lines.append(contentsOf: bytes) }
            return isPlain
        }
        if !isPlain { lines.append(contentsOf: StandardErrorLogHandler.field(value).utf8) }
    }
}
