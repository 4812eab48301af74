/// Subtitles of a transcript: cues of one or two lines of 42 characters, shown for up to seven seconds.
enum SubtitleWriter {
    /// What is shown at once.
    struct Cue: Hashable {
        var start: Int
        var end: Int
        var lines: [String]
    }

    private static let lineLength = 42
    private static let maximumSeconds = 7.0

    static func srt(_ transcript: Transcript) -> [UInt8] {
        var text = ""
        for (index, cue) in cues(of: transcript).enumerated() {
            text += "\(index + 1)\n\(time(cue.start, ",")) --> \(time(cue.end, ","))\n"
            text += cue.lines.joined(separator: "\n") + "\n\n"
        }
        return Array(text.utf8)
    }

    static func vtt(_ transcript: Transcript) -> [UInt8] {
        var text = "WEBVTT\n\n"
        for cue in cues(of: transcript) {
            text += "\(time(cue.start, ".")) --> \(time(cue.end, "."))\n"
            text += cue.lines.map(escaped).joined(separator: "\n") + "\n\n"
        }
        return Array(text.utf8)
    }

    /// In milliseconds, in order, without overlaps.
    static func cues(of transcript: Transcript) -> [Cue] {
        let words = transcript.words.isEmpty ? timedWords(of: transcript) : transcript.words
        var cues: [Cue] = []
        var run: [Transcript.Word] = []
        func close() {
            guard let first = run.first, let last = run.last else { return }
            // No cue may begin before the one before it is over, nor last no time at all.
            let start = max(milliseconds(first.start), cues.last?.end ?? 0)
            let end = max(milliseconds(last.end), start + 1)
            cues.append(Cue(start: start, end: end, lines: lines(of: run.map(\.text))))
            run = []
        }
        for word in words {
            if let first = run.first, let last = run.last,
                word.start - last.end > 0.8 || word.end - first.start > maximumSeconds
                    || word.speaker != last.speaker || last.text.endsSentence && last.end - first.start >= 1
                    || lines(of: run.map(\.text) + [word.text]).count > 2
            {
                close()
            }
            run.append(word)
        }
        close()
        return cues
    }

    /// Words of segments that have times only as a whole, spread by their lengths.
    private static func timedWords(of transcript: Transcript) -> [Transcript.Word] {
        transcript.segments.flatMap { segment in
            let words = segment.text.split(whereSeparator: \.isWhitespace)
            let total = words.reduce(0) { $0 + $1.count + 1 }
            var passed = 0
            return words.map { word in
                let span = segment.end - segment.start
                let start = segment.start + span * Double(passed) / Double(total)
                passed += word.count + 1
                return Transcript.Word(
                    text: String(word), start: start, end: segment.start + span * Double(passed) / Double(total),
                    speaker: segment.speaker)
            }
        }
    }

    private static func lines(of words: [String]) -> [String] {
        var lines: [String] = []
        for word in words {
            if let last = lines.last, last.count + 1 + word.count <= lineLength {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(word)
            }
        }
        return lines
    }

    private static func milliseconds(_ seconds: Double) -> Int {
        guard seconds.isFinite, seconds > 0 else { return 0 }
        return Int((min(seconds, 1e9) * 1000).rounded(.toNearestOrAwayFromZero))
    }

    private static func time(_ milliseconds: Int, _ point: String) -> String {
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let seconds = milliseconds / 1000
        return padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2) + point
            + padded(milliseconds % 1000, 3)
    }

    private static func escaped(_ line: String) -> String {
        var escaped = ""
        for scalar in line.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            // `-->` would begin another cue.
            case ">": escaped += "&gt;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
