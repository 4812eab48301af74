public import OmniJSON

/// What a client wants drawn, or changed in images it sends.
public struct ImageRequest: Sendable {
    public enum Operation: Sendable, Hashable { case generation, edit }

    /// How the client wants its images.
    public enum Form: Sendable, Hashable {
        case address, base64

        var name: StaticString { self == .address ? "url" : "b64_json" }
    }

    /// An image the client sent.
    public enum Input: Sendable, Hashable {
        case base64(mediaType: JSONText, data: JSONText)
        case address(JSONText)
        /// An id at OpenAI.
        case file(JSONText)
    }

    public let operation: Operation
    public internal(set) var prompt: JSONText = ""
    public internal(set) var count = 1
    /// nil where the model may choose.
    public internal(set) var size: ImageSize?
    /// Such as `16:9`.
    public internal(set) var shape: JSONText?
    public internal(set) var quality: JSONText?
    public internal(set) var style: JSONText?
    public internal(set) var background: JSONText?
    public internal(set) var moderation: JSONText?
    public internal(set) var outputFormat: JSONText?
    public internal(set) var outputCompression: Int?
    public internal(set) var user: JSONText?
    /// nil where the client takes what comes.
    public internal(set) var form: Form?
    public internal(set) var isStreaming = false
    public internal(set) var partialImages: Int?
    public internal(set) var inputs: [Input] = []
    public internal(set) var mask: Input?
    /// What only some upstreams know, such as `steps` and `seed`.
    public internal(set) var furtherFields: [VendorField] = []

    /// What the price of an image depends on, as far as the client says.
    public var variant: String {
        let pixels = size.map { "\($0.width)x\($0.height)" } ?? "1024x1024"
        return "\(quality?.string ?? "auto")/\(pixels)"
    }

    /// Addresses of images that an upstream of this dialect does not read itself.
    public func addresses(for dialect: ImageDialect) -> [JSONText] {
        guard !dialect.readsAddresses else { return [] }
        return (inputs + (mask.map { [$0] } ?? [])).compactMap { input in
            if case .address(let address) = input { address } else { nil }
        }
    }

    /// Puts fetched files in the place of their addresses.
    /// - Throws: an error of code invalid for a file that is no image.
    public mutating func embed(_ files: [JSONText: RemoteMedia.File]) throws(TranslationError) {
        func embedded(_ input: Input, at path: String) throws(TranslationError) -> Input {
            guard case .address(let address) = input, let file = files[address] else { return input }
            return try Self.image(base64: JSONText(escaped: Base64.encode(file.bytes)[...]), at: path)
        }
        for index in inputs.indices { inputs[index] = try embedded(inputs[index], at: "images[\(index)]") }
        if let mask { self.mask = try embedded(mask, at: "mask") }
    }

    /// An image told by its first bytes, since what is declared is often wrong.
    static func image(base64 data: JSONText, at path: String) throws(TranslationError) -> Input {
        guard !data.isEmpty else { throw TranslationError(.invalid, "the file is empty", at: path) }
        guard let type = ImageType.mediaType(data, declared: nil) else {
            throw TranslationError(.invalid, "must be a PNG, JPEG, WebP or GIF image", at: path)
        }
        return .base64(mediaType: type, data: data)
    }
}
