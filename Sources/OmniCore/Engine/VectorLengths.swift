import Synchronization

/// How many numbers the embeddings have that were given since the start, by model and by combo.
///
/// Only for requests that leave it to the model, and only where one of several models may answer.
final class VectorLengths: Sendable {
    /// More than anybody has models; whoever has must not fill the memory.
    private static let maximumCount = 4096

    private let lengths = Mutex<[String: Int]>([:])

    subscript(_ name: String) -> Int? { lengths.withLock { $0[name] } }

    /// Keeps the first length of a name, which later ones must match.
    func note(_ length: Int, of name: String) {
        lengths.withLock { lengths in
            guard lengths[name] == nil, lengths.count < Self.maximumCount else { return }
            lengths[name] = length
        }
    }
}
