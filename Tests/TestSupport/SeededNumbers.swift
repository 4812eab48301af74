/// SplitMix64 (Steele, Lea and Flood, 2014): numbers that are the same each time, so that a failure comes again.
public struct SeededNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// - Returns: a number from 0 to less than the bound.
    public mutating func next(_ bound: Int) -> Int { Int(next() >> 33) % bound }

    /// One to three changes: a byte is another, a piece is missing, or a piece stands there twice.
    /// - Parameter bytes: many enough that some are left.
    public mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...next(3) {
            let position = next(bytes.count)
            switch next(3) {
            case 0: bytes[position] = UInt8(next(256))
            case 1: bytes.removeSubrange(position..<min(bytes.count, position + next(40)))
            default: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + next(200))], at: position)
            }
        }
        return bytes
    }
}
