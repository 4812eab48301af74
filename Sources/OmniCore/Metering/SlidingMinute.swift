/// A sum over the last sixty seconds, to the second.
struct SlidingMinute: Sendable, Hashable {
    /// By second of the minute.
    private var seconds: [Int] = []
    private var last: Int64 = 0
    private(set) var sum = 0

    /// - Parameter now: milliseconds since 1970.
    mutating func add(_ count: Int, at now: Int64) {
        advance(to: now)
        guard count != 0 else { return }
        if seconds.isEmpty { seconds = [Int](repeating: 0, count: 60) }
        seconds[Int(last % 60)] += count
        sum += count
    }

    /// The sum at a moment.
    mutating func value(at now: Int64) -> Int {
        advance(to: now)
        return sum
    }

    /// Whole seconds until so much has left the minute that the sum is below a limit; zero when it is.
    mutating func wait(below limit: Int, at now: Int64) -> Int {
        advance(to: now)
        var left = sum
        guard left >= limit, !seconds.isEmpty else { return 0 }
        for age in 1...60 {
            // The oldest second stands behind the newest one.
            left -= seconds[Int((last + Int64(age)) % 60)]
            if left < limit { return age }
        }
        return 60
    }

    private mutating func advance(to now: Int64) {
        let second = max(last, now / 1000)
        defer { last = second }
        guard sum != 0, second > last else { return }
        if second - last >= 60 {
            seconds = [Int](repeating: 0, count: 60)
            sum = 0
            return
        }
        for passed in (last + 1)...second {
            sum -= seconds[Int(passed % 60)]
            seconds[Int(passed % 60)] = 0
        }
    }
}
