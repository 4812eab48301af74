public import OmniJSON

/// Carries opaque reasoning state through a dialect that is not its own, in that dialect's opaque slot.
///
/// `rtr1.` and base64url of a JSON object. Clients send it back untouched; it is unwrapped for its origin only and
/// never shown to a vendor.
public enum OpaqueStateEnvelope {
    /// What every envelope begins with, and no vendor's token.
    public static let prefix = Array("rtr1.".utf8)

    public static func wrap(_ state: OpaqueState) -> JSONText {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("d")
        writer.string(state.origin.rawValue)
        if let provider = state.provider {
            writer.key("p")
            writer.string(provider)
        }
        if let model = state.model {
            writer.key("m")
            writer.string(model)
        }
        if let itemID = state.itemID {
            writer.key("i")
            writer.value(itemID)
        }
        writer.key("t")
        writer.string(state.kind.rawValue)
        writer.key("v")
        writer.value(state.payload)
        writer.endObject()
        return JSONText(escaped: (prefix + Base64URL.encode(writer.bytes))[...])
    }

    /// Whether a token was made here; damaged ones count too, for no vendor may see them either.
    public static func isEnvelope(_ text: JSONText) -> Bool { text.escaped.starts(with: prefix) }

    /// - Returns: nil for everything that is not an envelope, such as a vendor's own signature.
    public static func unwrap(_ text: JSONText) -> OpaqueState? {
        guard isEnvelope(text), let bytes = Base64URL.decode(text.escaped.dropFirst(prefix.count)),
            let object = try? JSONValue(parsing: bytes),  // Not ours then, whatever its prefix says.
            let origin = object["d"]?.string.flatMap(WireFormat.init(rawValue:)),
            let kind = object["t"]?.string.flatMap(OpaqueState.Kind.init(rawValue:)), let payload = object["v"]?.text
        else { return nil }
        return OpaqueState(
            kind: kind, origin: origin, provider: object["p"]?.string, model: object["m"]?.string,
            itemID: object["i"]?.text, payload: payload)
    }
}

/// Base64 with `-` and `_` and without padding (RFC 4648 section 5).
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count * 4 / 3 + 4)
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                output.append(alphabet[Int(bits >> count & 63)])
            }
        }
        if count > 0 { output.append(alphabet[Int(bits << (6 - count) & 63)]) }
        return output
    }

    static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var output: [UInt8] = []
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for byte in text {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "_"): value = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                output.append(UInt8(bits >> count & 0xFF))
            }
        }
        return output
    }
}
