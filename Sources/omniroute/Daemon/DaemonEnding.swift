import Foundation
import Logging
import NIOCore
import OmniHTTP
import Synchronization

/// Ends the daemon because a call asked for it, and begins it anew when it asked for that.
final class DaemonEnding: Sendable {
    private let asked = Mutex<DaemonEnd?>(nil)

    /// Ends it the way a signal of a person does, a moment later, so that whoever asked hears of it first.
    func begin(_ end: DaemonEnd, on eventLoop: any EventLoop) {
        asked.withLock { $0 = end }
        _ = eventLoop.scheduleTask(in: .milliseconds(200)) { kill(getpid(), SIGTERM) }
    }

    /// Takes the place of this process, when that was asked for: same number, same arguments, same environment.
    ///
    /// An executable that was replaced meanwhile is started in its new version. Returns only when there is nothing to do.
    /// - Throws: ``CommandFailure`` when it cannot be started.
    func restartIfAsked(logger: Logger) throws {
        guard asked.withLock({ $0 }) == .restart else { return }
        guard let own = Bundle.main.executablePath else {
            throw CommandFailure("the executable's own place is unknown")
        }
        let replaced = " (deleted)"
        let path = own.hasSuffix(replaced) ? String(own.dropLast(replaced.count)) : own
        logger.info("starting again")
        leaveDescriptors()
        // The thread that runs this blocks signals, and what it blocks would be blocked for ever.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        var arguments = CommandLine.arguments.map { strdup($0) }
        arguments.append(nil)
        execv(path, arguments)
        throw CommandFailure("\(path) cannot be started again: \(String(cString: strerror(errno)))")
    }

    /// Has everything closed that is open but for the standard streams: sockets and locks are taken anew.
    private func leaveDescriptors() {
        // Without this folder nothing is known of them.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd")) ?? []
        for descriptor in names.compactMap({ Int32($0) }) where descriptor > 2 {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }
}
