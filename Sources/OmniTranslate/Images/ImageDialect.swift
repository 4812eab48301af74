/// How an upstream wants to be asked for images.
public enum ImageDialect: Sendable, Hashable, CaseIterable {
    /// `/images/generations` and `/images/edits` of OpenAI and of servers that imitate it.
    case openAI
    /// The same paths with shapes instead of sizes, and edits in JSON.
    case xAI
    /// The same path with width and height.
    case together
    /// A workflow of Fireworks that answers with one image's bytes (FLUX).
    case fireworksFlux
    /// A workflow of Fireworks that draws after it has answered, and changes images too (FLUX Kontext).
    case fireworksKontext
    /// The older interface of Fireworks, with width and height (SDXL).
    case fireworksSDXL
    /// Gemini's `generateContent`, of models that draw.
    case gemini
    /// Imagen's `predict`.
    case imagen
    /// Chat completions that answer with images (OpenRouter).
    case openRouter

    /// The most images one call makes; nil where the upstream says so itself.
    func maximumCount(model: String) -> Int? {
        switch self {
        case .openAI: model.hasPrefix("dall-e-3") ? 1 : nil
        case .xAI: 10
        case .together: 4
        case .imagen: 4
        case .fireworksFlux, .fireworksKontext, .fireworksSDXL, .gemini, .openRouter: 1
        }
    }

    /// How many images each call makes so that there are so many in all.
    public func calls(for count: Int, model: String) -> [Int] {
        guard let most = maximumCount(model: model), count > most else { return [count] }
        let rest = count % most
        return Array(repeating: most, count: count / most) + (rest > 0 ? [rest] : [])
    }

    /// Whether it reads images by their address.
    public var readsAddresses: Bool {
        switch self {
        case .xAI, .together, .openRouter: true
        case .openAI, .fireworksFlux, .fireworksKontext, .fireworksSDXL, .gemini, .imagen: false
        }
    }

    /// Whether the answer may say where an image is, and not hold it.
    var knowsAddresses: Bool {
        switch self {
        case .openAI, .xAI, .together, .fireworksKontext: true
        case .fireworksFlux, .fireworksSDXL, .gemini, .imagen, .openRouter: false
        }
    }
}
