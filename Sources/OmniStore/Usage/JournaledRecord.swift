import OmniCore

/// A record as its bytes lie in the journal, read in place.
///
/// For whoever needs but a few of its fields, or copies them as bytes: nothing is made of a text that nobody looks at.
/// Valid as long as whoever hands it out says.
public struct JournaledRecord {
    /// Numbers in the order of the journal, which only grows.
    public enum Number: Int, CaseIterable, Sendable {
        case startedAt, status, flags, inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens
        case latencyMS, timeToFirstTokenMS, attempts, cost, savedCost, billedThousandths, headMS, overheadMicroseconds
    }

    /// Texts in the order of the journal, which only grows.
    public enum Text: Int, CaseIterable, Sendable {
        case requestID, clientKeyID, connectionID, provider, requestedModel, servedModel, clientFormat, upstreamFormat
        case path, errorCode, combo, billedUnit, billedVariant, upstreamHost
    }

    /// Bits of ``Number/flags``.
    public enum Flag {
        static let isStreaming: Int64 = 1
        static let isEstimated: Int64 = 2
        public static let isCached: Int64 = 4
    }

    private let bytes: UnsafeRawBufferPointer
    private let numberCount: Int
    /// Where each text's length is; the end for those that are not there.
    private let places: SIMD16<UInt16>

    /// - Returns: nil for what is no record.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard (16...Int(UInt16.max)).contains(bytes.count) else { return nil }
        let numberCount = Self.count(in: bytes, at: 0)
        var position = 8 + 8 * numberCount
        guard (1...64).contains(numberCount), position + 8 <= bytes.count else { return nil }
        let textCount = Self.count(in: bytes, at: position)
        guard (1...64).contains(textCount) else { return nil }
        position += 8
        var places = SIMD16(repeating: UInt16(bytes.count))
        for index in 0..<textCount {
            guard position + 2 <= bytes.count else { return nil }
            if index < places.scalarCount { places[index] = UInt16(position) }
            let length = Self.length(in: bytes, at: position)
            position += length == .max ? 2 : 2 + Int(length)
            guard position <= bytes.count else { return nil }
        }
        self.bytes = bytes
        self.numberCount = numberCount
        self.places = places
    }

    /// - Returns: nil for none.
    public func number(_ field: Number) -> Int64? {
        let number = bits(field)
        return number == .min ? nil : number
    }

    /// UTF-8, in the journal's memory.
    /// - Returns: nil for none.
    public func text(_ field: Text) -> UnsafeRawBufferPointer? {
        let place = place(field)
        guard place < bytes.count else { return nil }
        let length = Self.length(in: bytes, at: place)
        guard length != .max else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[place + 2..<place + 2 + Int(length)])
    }

    /// A number as the journal has it, the lowest one for none.
    func bits(_ field: Number) -> Int64 {
        guard field.rawValue < numberCount else { return .min }
        return Int64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 8 + 8 * field.rawValue, as: Int64.self))
    }

    /// Texts that follow each other, with their lengths: equal where all of them are.
    /// - Parameter end: the first one that is not among them.
    func texts(from first: Text, upTo end: Text) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[place(first)..<place(end)])
    }

    /// All texts but the request's own id and what is not kept, with their lengths.
    var names: UnsafeRawBufferPointer { texts(from: .clientKeyID, upTo: .upstreamHost) }

    /// Where a text without bytes may stand.
    var nothing: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[0..<0]) }

    private func place(_ field: Text) -> Int { Int(places[field.rawValue]) }

    private static func count(in bytes: UnsafeRawBufferPointer, at position: Int) -> Int {
        Int(clamping: Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int64.self)))
    }

    private static func length(in bytes: UnsafeRawBufferPointer, at position: Int) -> UInt16 {
        UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self))
    }
}

extension UsageRecord {
    /// - Parameter attachment: what the journal does not hold.
    init(_ bytes: JournaledRecord, attachment: UsageAttachment? = nil) {
        func text(_ field: JournaledRecord.Text) -> String? {
            bytes.text(field).map { String(decoding: $0, as: UTF8.self) }
        }
        func optional(_ field: JournaledRecord.Number) -> Int? { bytes.number(field).map { Int(clamping: $0) } }
        func number(_ field: JournaledRecord.Number) -> Int { optional(field) ?? 0 }
        self.init(requestID: text(.requestID) ?? "", startedAt: bytes.number(.startedAt) ?? 0)
        let flags = bytes.number(.flags) ?? 0
        isStreaming = flags & JournaledRecord.Flag.isStreaming != 0
        isEstimated = flags & JournaledRecord.Flag.isEstimated != 0
        isCached = flags & JournaledRecord.Flag.isCached != 0
        status = number(.status)
        inputTokens = number(.inputTokens)
        cacheReadTokens = number(.cacheReadTokens)
        cacheWriteTokens = number(.cacheWriteTokens)
        outputTokens = number(.outputTokens)
        reasoningTokens = number(.reasoningTokens)
        latencyMS = number(.latencyMS)
        timeToFirstTokenMS = optional(.timeToFirstTokenMS)
        attempts = number(.attempts)
        cost = bytes.number(.cost).map { NanoDollars($0) }
        savedCost = bytes.number(.savedCost).map { NanoDollars($0) }
        headMS = optional(.headMS)
        overheadMicroseconds = optional(.overheadMicroseconds)
        clientKeyID = text(.clientKeyID).map { ClientKeyID($0) }
        connectionID = text(.connectionID).map { ConnectionID($0) }
        provider = text(.provider) ?? ""
        requestedModel = text(.requestedModel) ?? ""
        servedModel = text(.servedModel) ?? ""
        clientFormat = text(.clientFormat) ?? ""
        upstreamFormat = text(.upstreamFormat) ?? ""
        path = text(.path) ?? ""
        errorCode = text(.errorCode)
        combo = text(.combo)
        billed = BilledQuantity(
            unit: text(.billedUnit), thousandths: bytes.number(.billedThousandths), variant: text(.billedVariant))
        upstreamHost = text(.upstreamHost)
        route = attachment?.route
        losses = attachment?.losses
        traceParent = attachment?.traceParent
    }
}
