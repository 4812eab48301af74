import Foundation
import OmniCore
import OmniJSON
import OmniStore

/// The data folder as the command line tools use it, beside a daemon that may be running on it.
struct OpenStore {
    let settings: DaemonSettings
    let store: DataStore

    /// - Throws: ``CommandFailure`` in words a person can act on.
    static func open(_ options: SettingsOptions) async throws -> OpenStore {
        do {
            let settings = try await options.load()
            let store = try DataStore.open(
                path: settings.dataDir, encryptionKey: settings.storageEncryptionKey, exclusive: false)
            return OpenStore(settings: settings, store: store)
        } catch let error as SettingsError {
            throw CommandFailure("\(error)")
        } catch let error as StoreError {
            throw CommandFailure(error.message)
        }
    }

    func configuration() async throws -> RouterConfiguration {
        do {
            return try await store.configuration.load()
        } catch let error as StoreError {
            throw CommandFailure(error.message)
        }
    }

    /// Notes a change in the audit log and makes it known to a running daemon.
    /// - Parameter action: as the same change is called in the management interface.
    func changed(_ action: String, target: String? = nil) async throws {
        try await store.configuration.appendAudit(
            AuditEntry(
                time: SystemClock().wallMilliseconds(), action: action, actor: "system", actorName: "command line",
                target: target))
        tellDaemon()
    }

    /// Has a running daemon read the configuration again.
    func tellDaemon() {
        if let process = DataDirectory.runningDaemon(path: settings.dataDir) { kill(process, SIGHUP) }
    }
}

/// Secrets from the terminal or a pipe, never from the command line, where other users could read them.
enum SecretPrompt {
    /// - Returns: one line of standard input without its end; what is typed at a terminal is not shown.
    static func read(_ prompt: String) -> String? {
        let isTerminal = isatty(STDIN_FILENO) == 1
        guard isTerminal else { return readLine(strippingNewline: true) }
        FileHandle.standardError.write(Data(prompt.utf8))
        var old = termios()
        tcgetattr(STDIN_FILENO, &old)
        var silent = old
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSANOW, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSANOW, &old)
            FileHandle.standardError.write(Data("\n".utf8))
        }
        return readLine(strippingNewline: true)
    }
}
