/// What a Gemini model and its endpoint accept, told by the model's name.
struct GeminiModel {
    enum Thinking {
        case none
        /// `thinkingBudget`, 2.5; canBeOff: whether 0 is accepted.
        case budget(ClosedRange<Int>, canBeOff: Bool)
        /// `thinkingLevel`, from 3 on, least first.
        case level([Reasoning.Effort])
    }

    private let name: ArraySlice<UInt8>
    private let version: (major: Int, minor: Int)
    private let isGemini: Bool
    private let provider: String

    init(model: String, provider: String) {
        // By bytes: it is asked for each request, and characters take twenty times as long.
        name = Self.lastPart(of: model.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 })
        version = Self.version(of: name)
        isGemini = name.starts("gemini")
        self.provider = provider
    }

    private var isAtLeast3: Bool { isGemini && version >= (3, 0) }
    private var isAtLeast25: Bool { isGemini && version >= (2, 5) }

    /// Whether `parametersJsonSchema` and `responseJsonSchema` are understood; else only the OpenAPI subset is.
    var takesJSONSchema: Bool { isAtLeast25 && provider != "vertex" }
    /// Whether a call in the history without its signature gets the whole request refused.
    var demandsSignatures: Bool { isAtLeast3 }
    /// Whether a `functionResponse` may hold pictures and files.
    var takesResultMedia: Bool { isAtLeast3 }
    /// Whether functions go together with tools Google runs, and with a fixed output format.
    var combinesTools: Bool { isAtLeast3 }
    /// Gemma has neither a system instruction nor anything else to put it in but the user's words.
    var takesSystemInstruction: Bool { !name.starts("gemma") }

    var thinking: Thinking {
        if isAtLeast3 { return .level(levels) }
        guard isAtLeast25, !name.holds("image"), !name.holds("tts") else { return .none }
        let isPro = name.holds("pro")
        let range = isPro ? 128...32768 : name.holds("lite") ? 512...24576 : 1...24576
        return .budget(range, canBeOff: !isPro)
    }

    /// The floor is `LOW` for Pro and for Flash from 3.7 on; the first Pro of 3 knew two levels only.
    private var levels: [Reasoning.Effort] {
        if name.holds("pro") { return version >= (3, 1) ? [.low, .medium, .high] : [.low, .high] }
        return version >= (3, 7) && !name.holds("lite") ? [.low, .medium, .high] : [.minimal, .low, .medium, .high]
    }

    /// `gemini-2.5-pro` is 2.5; names without a number, such as `gemini-flash-latest`, mean the newest.
    private static func version(of name: ArraySlice<UInt8>) -> (Int, Int) {
        var rest = name
        while !rest.isEmpty {
            var piece = rest[..<(rest.firstIndex(of: UInt8(ascii: "-")) ?? rest.endIndex)]
            rest = rest[min(piece.endIndex + 1, rest.endIndex)...]
            guard let major = takeNumber(from: &piece), major < 100 else { continue }
            return (major, takeNumber(from: &piece) ?? 0)
        }
        return (99, 0)
    }

    /// Takes the digits before a point or the end.
    /// - Returns: nil when anything else stands there.
    private static func takeNumber(from piece: inout ArraySlice<UInt8>) -> Int? {
        let digits = piece.prefix { $0 != UInt8(ascii: ".") }
        piece = piece[min(digits.endIndex + 1, piece.endIndex)...]
        guard (1...9).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 & 15) }
    }

    /// What follows the last slash that something follows.
    private static func lastPart(of path: [UInt8]) -> ArraySlice<UInt8> {
        let slash = UInt8(ascii: "/")
        let end = (path.lastIndex { $0 != slash } ?? path.endIndex - 1) + 1
        return path[(path[..<end].lastIndex(of: slash).map { $0 + 1 } ?? 0)..<end]
    }
}

extension ArraySlice<UInt8> {
    /// Whether an ASCII text stands at the start of this one.
    fileprivate func starts(_ text: StaticString) -> Bool {
        starts(with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Whether an ASCII text stands in this one.
    fileprivate func holds(_ text: StaticString) -> Bool { indices.contains { self[$0...].starts(text) } }
}
