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
        let name = model.lowercased().split(separator: "/").last.map(String.init) ?? model.lowercased()
        let isGemini = name.hasPrefix("gemini")
        let version = Self.version(of: name)
        let isAtLeast3 = isGemini && version >= (3, 0)
        let isAtLeast25 = isGemini && version >= (2, 5)
        takesSystemInstruction = !name.hasPrefix("gemma")
        takesJSONSchema = isAtLeast25 && provider != "vertex"
        demandsSignatures = isAtLeast3
        takesResultMedia = isAtLeast3
        combinesTools = isAtLeast3
        if isAtLeast3 {
            thinking = .level(Self.levels(of: name, version: version))
        } else if isAtLeast25, !name.contains("image"), !name.contains("tts") {
            let isPro = name.contains("pro")
            let range = isPro ? 128...32768 : name.contains("lite") ? 512...24576 : 1...24576
            thinking = .budget(range, canBeOff: !isPro)
        } else {
            thinking = .none
        }
    }

    /// The floor is `LOW` for Pro and for Flash from 3.7 on; the first Pro of 3 knew two levels only.
    private static func levels(of name: String, version: (Int, Int)) -> [Reasoning.Effort] {
        if name.contains("pro") { return version >= (3, 1) ? [.low, .medium, .high] : [.low, .high] }
        return version >= (3, 7) && !name.contains("lite") ? [.low, .medium, .high] : [.minimal, .low, .medium, .high]
    }

    /// `gemini-2.5-pro` is 2.5; names without a number, such as `gemini-flash-latest`, mean the newest.
    private static func version(of name: String) -> (Int, Int) {
        for piece in name.split(separator: "-") {
            let numbers = piece.split(separator: ".")
            guard let major = numbers.first.flatMap({ Int($0) }), major < 100 else { continue }
            return (major, numbers.count > 1 ? Int(numbers[1]) ?? 0 : 0)
        }
        return (99, 0)
    }
}
