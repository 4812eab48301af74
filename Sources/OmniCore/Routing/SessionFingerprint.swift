public import OmniJSON
public import OmniTranslate

/// Tells conversations apart, so that one stays on the account that has its prompt cached.
public enum SessionFingerprint {
    /// - Parameter named: an id the client sent in a header, if any.
    /// - Returns: the same key for every request of one conversation: by the client's own id, else by how it begins.
    public static func key(of body: JSONValue, format: WireFormat, named: String?) -> SessionKey {
        var hash = Hash()
        if let named {
            hash.add(Array(named.utf8)[...])
            return SessionKey(hash: hash.value)
        }
        let own =
            body.present("prompt_cache_key")?.text ?? body.present("metadata")?.present("user_id")?.text
            ?? body.present("session_id")?.text
        if let own {
            hash.add(own.escaped)
            return SessionKey(hash: hash.value)
        }
        hash.add(body.present("user"))
        hash.add(body.present("system"))
        hash.add(body.present("instructions"))
        hash.add(body.present("systemInstruction"))
        let turns = body.present("messages") ?? body.present("input") ?? body.present("contents")
        if let turns, turns.kind == .array {
            // Instructions and the first words of the user; what comes later grows with the conversation.
            for turn in turns.elements {
                hash.add(turn)
                guard let role = turn["role"], role.kind == .string, !role.isString("user") else { break }
            }
        } else {
            hash.add(turns)
        }
        return SessionKey(hash: hash.value)
    }

    /// The beginnings of values, which is where conversations differ, word by word: it is done for every request.
    private struct Hash {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325

        mutating func add(_ value: JSONValue?) {
            if let value { add(value.raw) }
        }

        mutating func add(_ bytes: ArraySlice<UInt8>) {
            bytes.prefix(2048).withUnsafeBytes { buffer in
                var offset = 0
                while offset + 8 <= buffer.count {
                    mix(buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                    offset += 8
                }
                var rest: UInt64 = 0
                while offset < buffer.count {
                    rest = rest << 8 | UInt64(buffer[offset])
                    offset += 1
                }
                mix(rest)
            }
            mix(UInt64(bytes.count))
        }

        /// The upper half of a product depends on all bits below it; it is folded back so that the lower half does too.
        private mutating func mix(_ word: UInt64) {
            value = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
            value ^= value >> 32
        }
    }
}
