import OmniJSON

extension EmbeddingRequest {
    /// All that shapes the vectors, in parts that cannot run into each other; how they are written does not count.
    public var fingerprint: [[UInt8]] {
        var parts: [[UInt8]] = [
            Array("\(dimensions ?? 0)".utf8), task.map { $0.geminiName.decodedBytes } ?? [],
            title.map(\.decodedBytes) ?? [], [truncates.map { $0 ? 1 : 2 } ?? 0],
        ]
        for field in furtherFields {
            parts.append(field.name.decodedBytes)
            parts.append(Array(field.value.raw))
        }
        // No field is empty of its value: two empty parts part fields from inputs.
        parts += [[], []]
        for input in inputs {
            switch input {
            case .text(let text): parts.append([0] + text.decodedBytes)
            case .tokens(let tokens):
                let spaces: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
                parts.append([1] + tokens.raw.filter { !spaces.contains($0) })
            }
        }
        return parts
    }
}
