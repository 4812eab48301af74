/// What a Gemini model and its endpoint accept, told by the model's name.
struct GeminiModel {
    enum Thinking {
        case none
        /// `thinkingBudget`, 2.5; canBeOff: whether 0 is accepted.
        case budget(ClosedRange<Int>, canBeOff: Bool)
        /// `thinkingLevel`, from 3 on, least first.
        case level([Reasoning.Effort])
    }

    let thinking: Thinking
    /// Whether `parametersJsonSchema` and `responseJsonSchema` are understood; else only the OpenAPI subset is.
    let takesJSONSchema: Bool
    /// Whether a call in the history without its signature gets the whole request refused.
    let demandsSignatures: Bool
    /// Whether a `functionResponse` may hold pictures and files.
    let takesResultMedia: Bool
    /// Whether functions go together with tools Google runs, and with a fixed output format.
    let combinesTools: Bool
    /// Gemma has neither a system instruction nor anything else to put it in but the user's words.
    let takesSystemInstruction: Bool

    init(model: String, provider: String) {
        // By bytes: it is asked for each request, and characters take twenty times as long.
        let name = Self.lastPart(of: Array(model.lowercased().utf8))
        let isGemini = name.starts(with: "gemini".utf8)
        let version = Self.version(of: name)
        let isAtLeast3 = isGemini && version >= (3, 0)
        let isAtLeast25 = isGemini && version >= (2, 5)
        takesSystemInstruction = !name.starts(with: "gemma".utf8)
        takesJSONSchema = isAtLeast25 && provider != "vertex"
        demandsSignatures = isAtLeast3
        takesResultMedia = isAtLeast3
        combinesTools = isAtLeast3
        if isAtLeast3 {
            thinking = .level(Self.levels(of: name, version: version))
        } else if isAtLeast25, !name.holds("image"), !name.holds("tts") {
            let isPro = name.holds("pro")
            let range = isPro ? 128...32768 : name.holds("lite") ? 512...24576 : 1...24576
            thinking = .budget(range, canBeOff: !isPro)
        } else {
            thinking = .none
        }
    }

    /// The floor is `LOW` for Pro and for Flash from 3.7 on; the first Pro of 3 knew two levels only.
    private static func levels(of name: ArraySlice<UInt8>, version: (Int, Int)) -> [Reasoning.Effort] {
        if name.holds("pro") { return version >= (3, 1) ? [.low, .medium, .high] : [.low, .high] }
        return version >= (3, 7) && !name.holds("lite") ? [.low, .medium, .high] : [.minimal, .low, .medium, .high]
    }

    /// `gemini-2.5-pro` is 2.5; names without a number, such as `gemini-flash-latest`, mean the newest.
    private static func version(of name: ArraySlice<UInt8>) -> (Int, Int) {
        for piece in name.split(separator: UInt8(ascii: "-")) {
            let numbers = piece.split(separator: UInt8(ascii: "."))
            guard let major = numbers.first.flatMap({ Int(String(decoding: $0, as: UTF8.self)) }), major < 100 else {
                continue
            }
            return (major, numbers.count > 1 ? Int(String(decoding: numbers[1], as: UTF8.self)) ?? 0 : 0)
        }
        return (99, 0)
    }

    /// What follows the last slash that something follows.
    private static func lastPart(of path: [UInt8]) -> ArraySlice<UInt8> {
        path.split(separator: UInt8(ascii: "/")).last ?? path[...]
    }
}

extension ArraySlice<UInt8> {
    /// Whether an ASCII text stands in this one.
    fileprivate func holds(_ text: StaticString) -> Bool {
        let text = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        return indices.contains { self[$0...].starts(with: text) }
    }
}
