import Synchronization

/// Bodies that wait to be written, bounded: when the disk is slow bodies are lost, not memory and not time.
public final class BodyLog: Sendable {
    private struct State {
        var entries: [BodyEntry] = []
        /// What the entries and those still being gathered hold.
        var bytes = 0
        var dropped = 0
        var maximumDiskBytes = BodyLogSettings().maximumDiskBytes
    }

    private let state = Mutex(State())
    private let capacity: Int
    private static let maximumEntries = 16_384

    /// - Parameter capacity: bytes that may wait.
    public init(capacity: Int = 64 << 20) { self.capacity = capacity }

    /// Bodies lost because too many waited.
    public var dropped: Int { state.withLock { $0.dropped } }

    /// What all bodies on the disk may hold together.
    public internal(set) var maximumDiskBytes: Int {
        get { state.withLock { $0.maximumDiskBytes } }
        set { state.withLock { $0.maximumDiskBytes = newValue } }
    }

    /// Everything that waits, in order.
    public func take() -> [BodyEntry] {
        state.withLock { state in
            var taken: [BodyEntry] = []
            swap(&taken, &state.entries)
            state.bytes -= taken.reduce(0) { $0 + $1.bytes.count }
            return taken
        }
    }

    /// - Parameter isReserved: whether ``reserve(_:)`` was called for its bytes.
    func offer(_ entry: BodyEntry, isReserved: Bool = false) {
        state.withLock { state in
            if !isReserved { state.bytes += entry.bytes.count }
            guard state.bytes <= capacity, state.entries.count < Self.maximumEntries else {
                state.bytes -= entry.bytes.count
                state.dropped += 1
                return
            }
            state.entries.append(entry)
        }
    }

    /// - Returns: false when there is no room for so many more bytes.
    func reserve(_ count: Int) -> Bool {
        state.withLock { state in
            guard state.bytes + count <= capacity else { return false }
            state.bytes += count
            return true
        }
    }
}
