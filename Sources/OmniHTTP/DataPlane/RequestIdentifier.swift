import OmniCore

/// The identifier of a request: the client's own where it is fit for a header and a log, else a random one.
enum RequestIdentifier {
    static func make(_ fields: RequestFields, random: inout some RandomNumberGenerator) -> String {
        if let given = given(fields) { return given }
        let (first, second) = (random.next(), random.next())
        return String(unsafeUninitializedCapacity: 28) { buffer in
            let digits: StaticString = "0123456789abcdef"
            let prefix: StaticString = "req_"
            for index in 0..<4 { buffer[index] = prefix.utf8Start[index] }
            for index in 0..<12 {
                buffer[4 + index] = digits.utf8Start[Int(first >> UInt64(4 * index) & 15)]
                buffer[16 + index] = digits.utf8Start[Int(second >> UInt64(4 * index) & 15)]
            }
            return 28
        }
    }
}

extension RequestIdentifier {
    fileprivate static func given(_ fields: RequestFields) -> String? {
        fields[.requestID].flatMap { given in
            (1...128).contains(given.utf8.count) && given.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? given : nil
        }
    }
}

extension IdempotencyMark {
    /// What the client itself sent; an identifier made here marks nothing.
    init?(_ fields: RequestFields) {
        if let key = fields[.idempotencyKey], !key.isEmpty {
            self = .key(key)
        } else if let id = RequestIdentifier.given(fields) {
            self = .requestID(id)
        } else {
            return nil
        }
    }
}

/// Random numbers for identifiers, which need to be different and not secret: SplitMix64, seeded by the system.
///
/// The system's own generator costs a system call for each number.
struct IdentifierGenerator: RandomNumberGenerator {
    private var state: UInt64

    init() {
        var system = SystemRandomNumberGenerator()
        state = system.next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
