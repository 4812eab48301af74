#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Starts a program for a moment to see whether it does.
enum ProcessProbe {
    struct Outcome: Sendable {
        /// nil when it had to be ended or could not be started.
        var status: Int32?
        /// The beginning of what it said.
        var output: String
    }

    private static let maximumOutput = 4096
    private static let interval: Duration = .milliseconds(15)

    /// Its group of processes is ended when the time is over and after it has ended by itself.
    ///
    /// Waits without holding a thread. The program gets no input and nothing of this process's environment.
    static func run(
        _ path: String, _ arguments: [String], environment: [String: String], limit: Duration
    ) async -> Outcome {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return Outcome(output: "") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        let process = spawn(path, arguments, environment: environment, output: ends[1])
        close(ends[1])
        defer { close(ends[0]) }
        guard let process else { return Outcome(output: "") }
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        var output: [UInt8] = []
        var status: Int32 = 0
        while true {
            drain(ends[0], into: &output)
            let ended = waitpid(process, &status, WNOHANG)
            guard ended == 0 else {
                drain(ends[0], into: &output)
                kill(-process, SIGKILL)
                // The low seven bits hold a signal, where one ended it.
                let code = ended == process && status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
                return Outcome(status: code, output: String(decoding: output, as: UTF8.self))
            }
            // Whoever asked may have gone away too.
            let isOver = clock.now >= deadline
            guard !isOver, (try? await Task.sleep(for: interval)) != nil else { break }
        }
        kill(-process, SIGKILL)
        kill(process, SIGKILL)
        // Ended for certain: this takes no time.
        while waitpid(process, &status, 0) == -1, errno == EINTR {}
        return Outcome(output: String(decoding: output, as: UTF8.self))
    }

    private static func drain(_ descriptor: Int32, into output: inout [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return }
            output += buffer[..<min(count, max(0, maximumOutput - output.count))]
        }
    }

    private static func spawn(
        _ path: String, _ arguments: [String], environment: [String: String], output: Int32
    ) -> pid_t? {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
        // What this process ignores or holds back is not the program's business.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGHUP)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var process: pid_t = 0
        guard posix_spawn(&process, path, &actions, &attributes, words, variables) == 0 else { return nil }
        return process
    }
}
