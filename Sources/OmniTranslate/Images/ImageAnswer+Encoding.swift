import OmniJSON

extension ImageAnswer {
    /// Writes the answer as OpenAI does.
    ///
    /// - Parameter created: seconds since 1970.
    public func encoded(created: Int) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: size + 256)
        writer.beginObject()
        writer.key("created")
        writer.value(created)
        writer.key("data")
        writer.beginArray()
        for image in images {
            writer.beginObject()
            switch image.source {
            case .base64(let data):
                writer.key("b64_json")
                writer.value(data)
            case .address(let address):
                writer.key("url")
                writer.value(address)
            }
            if let revised = image.revisedPrompt {
                writer.key("revised_prompt")
                writer.value(revised)
            }
            writer.endObject()
        }
        writer.endArray()
        for look in looks {
            writer.key(look.name)
            writer.value(look.value)
        }
        if let usage {
            writer.key("usage")
            Self.write(usage, into: &writer)
        }
        writer.endObject()
        return writer.bytes
    }

    /// The events of a stream that brings whole images only, one each.
    ///
    /// - Parameter created: seconds since 1970.
    public func events(for request: ImageRequest, created: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 512)
        for (index, image) in images.enumerated() {
            guard case .base64(let data) = image.source else { continue }
            let name = request.operation == .edit ? "image_edit.completed" : "image_generation.completed"
            var writer = JSONWriter(reservingCapacity: data.escaped.count + 256)
            writer.beginObject()
            writer.key("type")
            writer.string(name)
            writer.key("created_at")
            writer.value(created)
            writer.key("b64_json")
            writer.value(data)
            writer.key("background")
            writer.value(request.background ?? "auto")
            writer.key("output_format")
            writer.value(JSONText(Self.format(of: data)))
            writer.key("quality")
            writer.value(request.quality ?? "auto")
            writer.key("size")
            writer.string(request.size.map { "\($0.width)x\($0.height)" } ?? "auto")
            // The counts are those of all images: they stand at the last, so that nobody adds them up twice.
            if index == images.count - 1 {
                writer.key("usage")
                Self.write(usage ?? Usage(), into: &writer)
            }
            writer.endObject()
            bytes += "event: \(name)\ndata: ".utf8
            bytes += writer.bytes
            bytes += "\n\n".utf8
        }
        return bytes
    }

    private static func format(of data: JSONText) -> String {
        let type = ImageType.mediaType(data, declared: nil)?.string ?? "image/png"
        return String(type.dropFirst("image/".count))
    }

    private var size: Int {
        images.reduce(0) { sum, image in
            switch image.source {
            case .base64(let text), .address(let text): sum + text.escaped.count + 64
            }
        }
    }

    private static func write(_ usage: Usage, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("input_tokens")
        writer.value(usage.totalInput)
        writer.key("output_tokens")
        writer.value(usage.totalOutput)
        writer.key("total_tokens")
        writer.value(usage.totalInput + usage.totalOutput)
        writer.key("input_tokens_details")
        writer.beginObject()
        writer.key("text_tokens")
        writer.value(usage.totalInput)
        writer.key("image_tokens")
        writer.value(0)
        writer.endObject()
        writer.endObject()
    }
}
