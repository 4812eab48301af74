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
        var lines = LogLines()
        lines.reserve(batch.count * 200)
        batch.visit { record, attachment in
            start.withUnsafeBytes { lines.append($0) }
            append(record, losses: attachment?.losses, to: &lines)
            lines.endLine()
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

/// Lines under construction; each piece is one copy.
private struct LogLines: ~Copyable {
    private var space: UnsafeMutableRawBufferPointer
    private var count = 0

    init() { space = .allocate(byteCount: 0, alignment: 1) }

    deinit { space.deallocate() }

    var bytes: [UInt8] { Array(space[..<count]) }

    mutating func reserve(_ more: Int) {
        guard space.count - count < more else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(2 * space.count, count + more), alignment: 1)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: space[..<count]))
        space.deallocate()
        space = larger
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: space[count..<count + bytes.count]).copyMemory(from: bytes)
        count += bytes.count
    }

    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ name: StaticString, _ number: Int64) {
        append(name)
        reserve(20)
        if number < 0 { append("-") }
        var rest = number.magnitude
        let end = count + Self.digits(rest)
        count = end
        var place = end
        repeat {
            place -= 1
            space[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
    }

    mutating func append(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        append(name)
        if Self.isPlain(value) { return append(value) }
        var field = StandardErrorLogHandler.field(String(decoding: value, as: UTF8.self))
        field.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    mutating func endLine() { append("\n") }

    private static func digits(_ number: UInt64) -> Int {
        var (count, bound) = (1, number)
        while bound >= 10 { (count, bound) = (count + 1, bound / 10) }
        return count
    }

    /// Whether a value stands in a line as it is.
    private static func isPlain(_ value: UnsafeRawBufferPointer) -> Bool {
        value.allSatisfy {
            $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") && $0 != 0x7F
        }
    }
}
