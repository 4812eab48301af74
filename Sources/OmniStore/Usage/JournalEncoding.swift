import OmniCore

/// Usage records as bytes of the journal.
///
/// Numbers, then texts, each list with its count in front: a version that knows more fields reads what an older one
/// wrote, and the other way round.
enum JournalEncoding {
    /// The longest text kept, in bytes; names that clients make up may be of any length.
    static let longestText = 512

    /// - Returns: how many bytes were written; nil when there is no room.
    static func write(_ record: UsageRecord, to space: UnsafeMutableRawBufferPointer) -> Int? {
        var output = Output(space)
        output.number(14)
        output.number(record.startedAt)
        output.number(Int64(record.status))
        output.number((record.isStreaming ? 1 : 0) | (record.isEstimated ? 2 : 0) | (record.isCached ? 4 : 0))
        output.number(Int64(record.inputTokens))
        output.number(Int64(record.cacheReadTokens))
        output.number(Int64(record.cacheWriteTokens))
        output.number(Int64(record.outputTokens))
        output.number(Int64(record.reasoningTokens))
        output.number(Int64(record.latencyMS))
        output.number(record.timeToFirstTokenMS.map(Int64.init))
        output.number(Int64(record.attempts))
        output.number(record.cost?.value)
        output.number(record.savedCost?.value)
        output.number(record.billed.map { Int64($0.thousandths) })
        output.number(13)
        output.text(record.requestID)
        output.text(record.clientKeyID?.rawValue)
        output.text(record.connectionID?.rawValue)
        output.text(record.provider)
        output.text(record.requestedModel)
        output.text(record.servedModel)
        output.text(record.clientFormat)
        output.text(record.upstreamFormat)
        output.text(record.path)
        output.text(record.errorCode)
        output.text(record.combo)
        output.text(record.billed?.unit.rawValue)
        output.text(record.billed?.variant)
        return output.isFull ? nil : output.end
    }

    /// - Returns: nil for what is no record.
    static func read(_ bytes: UnsafeRawBufferPointer) -> UsageRecord? {
        var input = Input(bytes)
        guard let count = input.number(), (1...64).contains(count) else { return nil }
        var numbers = [Int64?](repeating: nil, count: 14)
        for index in 0..<Int(count) {
            guard let number = input.number() else { return nil }
            if index < numbers.count { numbers[index] = number == .min ? nil : number }
        }
        guard let count = input.number(), (1...64).contains(count) else { return nil }
        var texts = [String?](repeating: nil, count: 13)
        for index in 0..<Int(count) {
            guard let text = input.text() else { return nil }
            if index < texts.count { texts[index] = text.value }
        }
        func number(_ index: Int) -> Int { Int(clamping: numbers[index] ?? 0) }
        var record = UsageRecord(requestID: texts[0] ?? "", startedAt: numbers[0] ?? 0)
        record.status = number(1)
        record.isStreaming = number(2) & 1 != 0
        record.isEstimated = number(2) & 2 != 0
        record.isCached = number(2) & 4 != 0
        record.inputTokens = number(3)
        record.cacheReadTokens = number(4)
        record.cacheWriteTokens = number(5)
        record.outputTokens = number(6)
        record.reasoningTokens = number(7)
        record.latencyMS = number(8)
        record.timeToFirstTokenMS = numbers[9].map { Int(clamping: $0) }
        record.attempts = number(10)
        record.cost = numbers[11].map { NanoDollars($0) }
        record.savedCost = numbers[12].map { NanoDollars($0) }
        record.clientKeyID = texts[1].map { ClientKeyID($0) }
        record.connectionID = texts[2].map { ConnectionID($0) }
        record.provider = texts[3] ?? ""
        record.requestedModel = texts[4] ?? ""
        record.servedModel = texts[5] ?? ""
        record.clientFormat = texts[6] ?? ""
        record.upstreamFormat = texts[7] ?? ""
        record.path = texts[8] ?? ""
        record.errorCode = texts[9]
        record.combo = texts[10]
        record.billed = BilledQuantity(unit: texts[11], thousandths: numbers[13], variant: texts[12])
        return record
    }

    private struct Output {
        private let space: UnsafeMutableRawBufferPointer
        private(set) var end = 0
        private(set) var isFull = false

        init(_ space: UnsafeMutableRawBufferPointer) { self.space = space }

        mutating func number(_ number: Int64?) {
            guard hasRoom(8) else { return }
            space.storeBytes(of: (number ?? .min).littleEndian, toByteOffset: end, as: Int64.self)
            end += 8
        }

        /// A length of two bytes, all ones for no text, and the text.
        mutating func text(_ text: String?) {
            guard var text else { return length(.max) }
            text.withUTF8 { bytes in
                let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes).prefix(longestText))
                length(UInt16(bytes.count))
                guard hasRoom(bytes.count), let start = bytes.baseAddress, let place = space.baseAddress else { return }
                (place + end).copyMemory(from: start, byteCount: bytes.count)
                end += bytes.count
            }
        }

        private mutating func length(_ length: UInt16) {
            guard hasRoom(2) else { return }
            space.storeBytes(of: length.littleEndian, toByteOffset: end, as: UInt16.self)
            end += 2
        }

        private mutating func hasRoom(_ count: Int) -> Bool {
            if space.count - end < count { isFull = true }
            return !isFull
        }
    }

    private struct Input {
        struct Text { var value: String? }

        private let bytes: UnsafeRawBufferPointer
        private var position = 0

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        mutating func number() -> Int64? {
            guard bytes.count - position >= 8 else { return nil }
            defer { position += 8 }
            return Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int64.self))
        }

        mutating func text() -> Text? {
            guard bytes.count - position >= 2 else { return nil }
            let length = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self))
            position += 2
            guard length != .max else { return Text() }
            guard bytes.count - position >= Int(length) else { return nil }
            defer { position += Int(length) }
            return Text(value: String(decoding: bytes[position..<position + Int(length)], as: UTF8.self))
        }
    }
}

extension UsageRecord {
    /// Cuts texts that clients make up to what the journal keeps of them, so that every copy is the same.
    mutating func cutTexts() {
        Self.cut(&requestID)
        Self.cut(&provider)
        Self.cut(&requestedModel)
        Self.cut(&servedModel)
        Self.cut(&path)
        Self.cut(&errorCode)
        Self.cut(&combo)
        if var variant = billed?.variant {
            Self.cut(&variant)
            billed?.variant = variant
        }
    }

    private static func cut(_ text: inout String?) {
        guard var whole = text else { return }
        cut(&whole)
        text = whole
    }

    private static func cut(_ text: inout String) {
        guard text.utf8.count > JournalEncoding.longestText else { return }
        var end = text.utf8.index(text.startIndex, offsetBy: JournalEncoding.longestText)
        // Not inside a character.
        while end > text.startIndex, String.Index(end, within: text) == nil { end = text.utf8.index(before: end) }
        text = String(text[..<end])
    }
}
