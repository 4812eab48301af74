/// Says that work took longer than a test may wait.
public struct TookTooLong: Error {
    public init() {}
}

/// Runs work and gives it up after a while, so that a call that hangs fails its test and not the whole run.
public func within<Result: Sendable>(
    _ limit: Duration = .seconds(60), _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let (results, source) = AsyncThrowingStream.makeStream(of: Result.self, bufferingPolicy: .bufferingOldest(1))
    // Unstructured on purpose: a group would wait for the very task that does not end.
    let worker = Task {
        do {
            source.yield(try await work())
        } catch {
            source.finish(throwing: error)
        }
    }
    let timer = Task {
        try await Task.sleep(for: limit)
        source.finish(throwing: TookTooLong())
    }
    defer {
        worker.cancel()
        timer.cancel()
    }
    for try await result in results { return result }
    throw TookTooLong()
}

/// A flag that tasks wait for.
public final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    public init() {
        (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
    }

    public func fire() { continuation.finish() }

    /// Returns once the signal was fired, also when that was before.
    public func wait() async { for await _ in stream {} }
}
