/// The natural logarithm of a probability, without the C library.
enum NaturalLogarithm {
    /// - Parameter probability: 0 to 1; less than a hundred millionth counts as that.
    /// - Returns: zero or less, rounded to six places.
    static func of(_ probability: Double) -> Double {
        let value = min(max(probability, 1e-8), 1)
        // ln(m * 2^e) = ln m + e ln 2, and ln m = 2 artanh((m - 1) / (m + 1)), whose series ends soon for 1 <= m < 2.
        let ratio = (value.significand - 1) / (value.significand + 1)
        var power = ratio
        var sum = 0.0
        for term in stride(from: 1, through: 39, by: 2) {
            sum += power / Double(term)
            power *= ratio * ratio
        }
        let logarithm = 2 * sum + Double(value.exponent) * 0.693147180559945309
        return (logarithm * 1e6).rounded() / 1e6
    }
}
