/// Finds a text in another one in time proportional to both, whatever they are (Knuth, Morris and Pratt).
struct TextSearch {
    private let wanted: [UInt8]
    /// For each length of a part that was found, how much of it may also be the beginning of the next try.
    private let borders: [Int]

    init(_ text: String) {
        wanted = Array(text.utf8)
        var borders = [Int](repeating: 0, count: wanted.count + 1)
        var length = 0
        for index in wanted.indices.dropFirst() {
            while length > 0, wanted[length] != wanted[index] { length = borders[length] }
            if wanted[length] == wanted[index] { length += 1 }
            borders[index + 1] = length
        }
        self.borders = borders
    }

    func isFound(in text: String) -> Bool {
        guard !wanted.isEmpty else { return true }
        var length = 0
        for byte in text.utf8 {
            while length > 0, wanted[length] != byte { length = borders[length] }
            if wanted[length] == byte { length += 1 }
            if length == wanted.count { return true }
        }
        return false
    }
}
