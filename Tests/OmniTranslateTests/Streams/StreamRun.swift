import OmniJSON

@testable import OmniTranslate

/// What came out of a stream that was pushed through the translator or the monitor and then closed.
struct StreamRun {
    let output: [UInt8]
    let progress: StreamProgress
    let usage: Usage?
    let report: TranslationReport
    /// The data of every event, in order; Anthropic's with the name of the event line.
    let events: [(name: String, data: String)]

    /// - Parameter cuts: offsets where the bytes are cut into pieces; none means one piece.
    static func translating(
        _ input: some Sequence<UInt8>, from upstream: WireFormat, context: TranslationContext = .sample(),
        cuts: [Int] = []
    ) -> StreamRun {
        let client: WireFormat = upstream == .openAIChat ? .anthropicMessages : .openAIChat
        var translator = StreamTranslator(from: upstream, to: client, context: context)
        var output: [UInt8] = []
        for piece in pieces(of: Array(input), cuts) {
            _ = piece.withUnsafeBytes { translator.push($0, into: &output) }
        }
        let progress = translator.finish(into: &output)
        return StreamRun(output: output, progress: progress, usage: translator.usage, report: translator.report)
    }

    static func translating(
        _ input: String, from upstream: WireFormat, context: TranslationContext = .sample()
    ) -> StreamRun {
        translating(Array(input.utf8), from: upstream, context: context)
    }

    static func watching(
        _ input: some Sequence<UInt8>, of format: WireFormat, hidesUsageChunk: Bool = false,
        requiresTerminator: Bool = false, cuts: [Int] = []
    ) -> StreamRun {
        var monitor = StreamMonitor(
            format: format, hidesUsageChunk: hidesUsageChunk, requiresTerminator: requiresTerminator)
        var output: [UInt8] = []
        for piece in pieces(of: Array(input), cuts) {
            _ = piece.withUnsafeBytes { monitor.push($0, into: &output) }
        }
        let progress = monitor.finish(into: &output)
        return StreamRun(output: output, progress: progress, usage: monitor.usage, report: TranslationReport())
    }

    private init(output: [UInt8], progress: StreamProgress, usage: Usage?, report: TranslationReport) {
        self.output = output
        self.progress = progress
        self.usage = usage
        self.report = report
        events = Self.events(in: output)
    }

    var text: String { String(decoding: output, as: UTF8.self) }

    var losses: [String] { report.losses.map(\.field) }

    /// The parsed events of one Anthropic type; of chat, all but `[DONE]` for an empty name.
    func events(named name: String) -> [JSONValue] {
        events.filter { $0.name == name && $0.data != "[DONE]" }.compactMap {
            try? JSONValue(parsing: Array($0.data.utf8))
        }
    }

    /// How the stream ends, as its client sees it.
    enum Ending: Equatable { case complete, error, silence }

    var ending: Ending {
        guard let last = events.last else { return .silence }
        let isError = (try? JSONValue(parsing: Array(last.data.utf8)))?.present("error") != nil
        return isError ? .error : last.data == "[DONE]" || last.name == "message_stop" ? .complete : .silence
    }

    /// Terminators and errors in it; a good stream has exactly one.
    var endCount: Int {
        events.count { event in
            event.data == "[DONE]" || event.name == "message_stop" || event.name == "error"
                || (try? JSONValue(parsing: Array(event.data.utf8)))?.present("error") != nil
        }
    }

    static func events(in bytes: [UInt8]) -> [(name: String, data: String)] {
        String(decoding: bytes, as: UTF8.self).components(separatedBy: "\n\n").filter { !$0.isEmpty }.map { frame in
            let lines = frame.split(separator: "\n")
            func field(_ name: String) -> String {
                lines.filter { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }.joined(
                    separator: "\n")
            }
            return (field("event"), field("data"))
        }
    }

    private static func pieces(of bytes: [UInt8], _ cuts: [Int]) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        for cut in cuts + [bytes.count] {
            pieces.append(bytes[start..<cut])
            start = cut
        }
        return pieces
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = Substring(self)
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
