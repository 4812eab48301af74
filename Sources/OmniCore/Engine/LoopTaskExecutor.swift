public import NIOCore

/// Runs tasks on one event loop, so that every suspension of a request resumes on the loop that owns its sockets.
///
/// What becomes ready in one turn of the loop runs as one of its tasks, because each of those costs an allocation and a lock.
public final class LoopTaskExecutor: TaskExecutor, @unchecked Sendable {  // SAFETY: used on the loop, see `enqueue`
    private let eventLoop: any EventLoop
    private var ready: [UnownedJob] = []
    private var isScheduled = false

    public init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard eventLoop.inEventLoop else {
            eventLoop.execute { self.add(job) }
            return
        }
        add(job)
    }

    private func add(_ job: UnownedJob) {
        ready.append(job)
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.execute { self.run() }
    }

    /// Runs what is ready; what becomes ready meanwhile has its turn after the loop's other tasks.
    private func run() {
        var jobs: [UnownedJob] = []
        swap(&jobs, &ready)
        isScheduled = false
        let executor = asUnownedTaskExecutor()
        for job in jobs { job.runSynchronously(on: executor) }
        jobs.removeAll(keepingCapacity: true)
        // Its memory serves the next turn.
        if ready.isEmpty { swap(&jobs, &ready) }
    }
}
