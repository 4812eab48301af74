import OmniJSON

/// Ends an answer at a stop sequence that the upstream could not be told.
///
/// Text that may be the beginning of one is held back until the next piece decides; reasoning and arguments pass. A value
/// type: the same events give the same events, however the text was cut.
struct StopSequenceCutter: Sendable {
    private let stops: [[UInt8]]
    /// The end of the open text that a stop sequence may begin with, decoded.
    private var held: [UInt8] = []
    /// Whether the answer was ended; what the upstream still says counts for nothing.
    private(set) var isOver = false

    /// - Returns: nil when there is nothing to look for.
    init?(_ stops: [JSONText]) {
        self.stops = stops.map { Array($0.decodedBytes) }.filter { !$0.isEmpty }
        if self.stops.isEmpty { return nil }
    }

    /// Replaces events by what is left of them; only the first choice is looked at, for who cuts has no other.
    mutating func filter(_ events: inout [StreamEvent]) {
        guard !events.isEmpty else { return }
        var kept: [StreamEvent] = []
        kept.reserveCapacity(events.count + 2)
        for event in events where !isOver { take(event, into: &kept) }
        events = kept
    }

    private mutating func take(_ event: StreamEvent, into kept: inout [StreamEvent]) {
        switch event {
        case .text(0, let text):
            held.append(contentsOf: text.decodedBytes)
            if let found = Self.first(of: stops, in: held) {
                held.removeSubrange(found.position...)
                flush(into: &kept)
                isOver = true
                kept.append(.blockEnd(choice: 0))
                kept.append(
                    .finish(choice: 0, Finish(.stopSequence, stopSequence: JSONText(escaping: stops[found.index]))))
                kept.append(.end)
                return
            }
            let open = Self.openEnd(of: held, stops: stops)
            let rest = Array(held.suffix(open))
            held.removeLast(open)
            flush(into: &kept)
            held = rest
        case .blockStart(0, _), .blockEnd(0), .hostedCall(0, _), .finish(0, _), .end, .error:
            flush(into: &kept)
            kept.append(event)
        default: kept.append(event)
        }
    }

    private mutating func flush(into kept: inout [StreamEvent]) {
        guard !held.isEmpty else { return }
        kept.append(.text(choice: 0, JSONText(escaping: held)))
        held = []
    }

    /// The first place where a stop sequence stands; of several that begin there the longest.
    static func first(of stops: [[UInt8]], in text: [UInt8]) -> (position: Int, index: Int)? {
        for position in text.indices {
            let matching = stops.indices.filter { text[position...].starts(with: stops[$0]) }
            if let index = matching.max(by: { stops[$0].count < stops[$1].count }) { return (position, index) }
        }
        return nil
    }

    /// How many bytes at the end may begin a stop sequence.
    private static func openEnd(of text: [UInt8], stops: [[UInt8]]) -> Int {
        let longest = stops.map(\.count).max() ?? 0
        for count in stride(from: min(longest - 1, text.count), to: 0, by: -1) {
            let end = text.suffix(count)
            if stops.contains(where: { $0.count > count && $0.starts(with: end) }) { return count }
        }
        return 0
    }
}

extension CanonicalResponse {
    /// Ends each choice at the first stop sequence in its text.
    mutating func cut(at stops: [JSONText]) {
        let stops = stops.map { Array($0.decodedBytes) }.filter { !$0.isEmpty }
        for choice in choices.indices {
            for index in choices[choice].parts.indices {
                guard case .text(var part) = choices[choice].parts[index] else { continue }
                let text = Array(part.text.decodedBytes)
                guard let found = StopSequenceCutter.first(of: stops, in: text) else { continue }
                part.text = JSONText(escaping: text[..<found.position])
                choices[choice].parts.removeSubrange(index...)
                if !part.text.isEmpty { choices[choice].parts.append(.text(part)) }
                choices[choice].finish = Finish(
                    .stopSequence, stopSequence: JSONText(escaping: stops[found.index]))
                break
            }
        }
    }
}
