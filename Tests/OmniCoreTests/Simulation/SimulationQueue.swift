@testable import OmniCore

/// What happens when, earliest first; what happens at the same time happens in the order it was planned.
struct SimulationQueue {
    enum Kind { case arrival, wake, firstEvent, end, departure }

    struct Event {
        var at: MonotonicInstant
        var order: UInt64
        var kind: Kind
        var request: Int
        /// The attempt it belongs to; zero for none.
        var attempt: UInt64
    }

    private var heap: [Event] = []
    private var order: UInt64 = 0

    mutating func add(_ kind: Kind, _ request: Int, at: MonotonicInstant, attempt: UInt64 = 0) {
        order += 1
        heap.append(Event(at: at, order: order, kind: kind, request: request, attempt: attempt))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.precedes(heap[child], heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func next() -> Event? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if Self.precedes(heap[child], heap[least]) { least = child }
            }
            guard least != parent else { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private static func precedes(_ left: Event, _ right: Event) -> Bool {
        left.at == right.at ? left.order < right.order : left.at < right.at
    }
}
