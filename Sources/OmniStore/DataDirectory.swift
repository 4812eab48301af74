import Foundation

/// The folder everything is kept in: readable by its owner only, used by one daemon at a time.
public final class DataDirectory: Sendable {
    /// Absolute path.
    public let path: String
    private let lock: Int32?

    /// Creates the folder (mode 0700) where it is missing.
    /// - Parameter exclusive: whether to take the daemon's lock, held until this value is gone.
    /// - Throws: ``StoreError`` when the folder cannot be used or another daemon holds it.
    public init(path: String, exclusive: Bool) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError(.directory, "the data folder \(path) cannot be created: \(error.localizedDescription)")
        }
        guard chmod(path, 0o700) == 0 else {
            throw StoreError(.directory, "the permissions of the data folder \(path) cannot be set; who owns it?")
        }
        guard exclusive else {
            lock = nil
            return
        }
        let descriptor = open(path + "/omniroute.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(.directory, "no file can be written to the data folder \(path)")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StoreError(
                .alreadyRunning,
                "another omniroute runs on \(path); stop it first or choose another folder with DATA_DIR")
        }
        // For tools that want to reach the daemon; the lock itself, not this number, tells that it runs.
        let identifier = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, write(descriptor, identifier, identifier.count) == identifier.count else {
            close(descriptor)
            throw StoreError(.directory, "no file can be written to the data folder \(path)")
        }
        lock = descriptor
    }

    /// The process id of the daemon that holds a folder; nil when none runs.
    public static func runningDaemon(path: String) -> Int32? {
        let descriptor = open(path + "/omniroute.lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = read(descriptor, &bytes, bytes.count)
        return Int32(String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 0x0A }, as: UTF8.self))
    }

    deinit {
        if let lock { close(lock) }
    }

    public func file(_ name: String) -> String { path + "/" + name }
}
