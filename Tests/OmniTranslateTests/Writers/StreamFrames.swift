import OmniJSON

/// Cuts a client's stream into its frames, as strictly as the dialect's own framing is written.
struct StreamFrames {
    struct Frame {
        var name: String?
        var data: [UInt8]
        /// Nil for what is no JSON, such as `[DONE]`.
        var value: JSONValue?
    }

    private(set) var frames: [Frame] = []
    private(set) var problems: [String] = []

    /// Events of at most one name and exactly one line of data, each with its blank line.
    static func events(_ output: [UInt8]) -> StreamFrames {
        var result = StreamFrames()
        var name: String?
        var data: [UInt8]?
        var start = 0
        for index in output.indices where output[index] == 0x0A || output[index] == 0x0D {
            let line = output[start..<index]
            start = index + 1
            if output[index] == 0x0D {
                result.problems.append("a bare carriage return")
            } else if line.isEmpty {
                if data == nil { result.problems.append("an event without data") }
                result.append(data ?? [], name: name)
                (name, data) = (nil, nil)
            } else if line.starts(with: "event: ".utf8), name == nil, data == nil {
                name = String(decoding: line.dropFirst(7), as: UTF8.self)
            } else if line.starts(with: "data: ".utf8), data == nil {
                data = Array(line.dropFirst(6))
            } else {
                result.problems.append("a line that is no event's: \(String(decoding: line, as: UTF8.self))")
            }
        }
        if start != output.count || name != nil || data != nil { result.problems.append("an event that does not end") }
        return result
    }

    /// Lines of JSON.
    static func lines(_ output: [UInt8]) -> StreamFrames {
        var result = StreamFrames()
        for line in output.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
            result.append(Array(line), name: nil)
        }
        if let last = output.last, last != 0x0A { result.problems.append("a line that does not end") }
        return result
    }

    /// The elements of one array; nothing at all is fine, for nothing was written.
    static func elements(_ output: [UInt8]) -> StreamFrames {
        var result = StreamFrames()
        guard !output.isEmpty else { return result }
        guard let array = try? JSONValue(parsing: output), array.kind == .array else {
            result.problems.append("no JSON array")
            return result
        }
        result.frames = array.elements.map { Frame(name: nil, data: Array($0.raw), value: $0) }
        return result
    }

    private mutating func append(_ data: [UInt8], name: String?) {
        frames.append(Frame(name: name, data: data, value: try? JSONValue(parsing: data)))
    }
}
