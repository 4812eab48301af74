import OmniJSON
import OmniTranslate

/// What of one request may be compared with others; nil where nothing may.
final class SimilarCourse {
    /// Gone once the question was cut out of it: streams may run for hours.
    private var request: CanonicalRequest?
    private let settings: SemanticCacheSettings
    /// What shapes the answer besides the conversation itself.
    private let surroundings: [[UInt8]]
    /// The question's vector and its context, once there are any.
    private(set) var vector: UnitVector?
    private(set) var context: CacheKey?

    /// - Returns: nil when the settings rule the request out.
    init?(_ request: CanonicalRequest, settings: SemanticCacheSettings, surroundings: [[UInt8]]) {
        guard settings.isEnabled, let temperature = request.sampling.temperature?.double,
            temperature <= settings.maximumTemperature
        else { return nil }
        self.request = request
        self.settings = settings
        self.surroundings = surroundings
    }

    /// Cuts the question in two, once; nil when it is none that may be compared.
    func takeQuestion() -> ComparableQuestion? {
        defer { request = nil }
        return request.flatMap { ComparableQuestion($0, part: settings.part) }
    }

    /// Vectors are compared with those of the same maker and length only, and where all the rest is the same.
    func take(_ vector: UnitVector, of question: ComparableQuestion, maker: String) -> CacheKey {
        let length = [UInt8](String(vector.dimension).utf8)
        let context = CacheKey(
            of: surroundings + [Array(settings.part.rawValue.utf8), question.rest, Array(maker.utf8), length])
        self.vector = vector
        self.context = context
        return context
    }
}
