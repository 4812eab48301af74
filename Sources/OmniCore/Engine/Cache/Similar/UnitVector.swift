/// A vector of length one, so that the product of two is the cosine of the angle between them.
struct UnitVector: Sendable, Hashable {
    /// No model makes longer ones; what claims to is a mistake.
    static let maximumDimension = 8192

    let dimension: Int
    /// The numbers, with zeros behind them up to a multiple of four words, which change no product.
    let words: [SIMD8<Float>]

    /// Brings numbers to length one.
    /// - Returns: nil for what has no direction: no numbers or too many, all of them zero, one of them not finite.
    init?(_ numbers: [Float]) {
        guard 1...Self.maximumDimension ~= numbers.count else { return nil }
        let length = numbers.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard length.isFinite, length > 0 else { return nil }
        dimension = numbers.count
        var words = [SIMD8<Float>](repeating: .zero, count: (numbers.count + 31) / 32 * 4)
        for (index, number) in numbers.enumerated() { words[index / 8][index % 8] = Float(Double(number) / length) }
        self.words = words
    }

    var numbers: [Float] { (0..<dimension).map { words[$0 / 8][$0 % 8] } }
}
