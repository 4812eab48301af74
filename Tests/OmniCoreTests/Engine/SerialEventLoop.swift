import Dispatch
import NIOCore

/// An event loop over one serial queue: all the engine asks of a loop is to run its jobs in order, one at a time.
final class SerialEventLoop: EventLoop {
    private let queue = DispatchQueue(label: "omniroute.engine-tests")  // why: OmniCore has no event loops
    private let mark = DispatchSpecificKey<Bool>()

    init() { queue.setSpecific(key: mark, value: true) }

    var inEventLoop: Bool { DispatchQueue.getSpecific(key: mark) == true }  // why: its queue

    func execute(_ task: @escaping @Sendable () -> Void) { queue.async(execute: task) }

    func submit<T>(_ task: @escaping @Sendable () throws -> T) -> EventLoopFuture<T> {
        preconditionFailure("the engine submits nothing")
    }

    func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        preconditionFailure("the engine sets no timers; its transport does")
    }

    func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        preconditionFailure("the engine sets no timers; its transport does")
    }

    func shutdownGracefully(
        queue: DispatchQueue,  // why: the protocol names the type
        _ callback: @escaping @Sendable ((any Error)?) -> Void
    ) {
        queue.async { callback(nil) }
    }
}
