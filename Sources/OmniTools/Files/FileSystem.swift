#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The few calls into the system that reading and replacing a small file takes.
enum FileSystem {
    enum Kind: Sendable {
        case missing
        case file
        case folder
        case other
    }

    struct Facts: Sendable {
        var kind: Kind
        var owner: UInt32 = 0
        var mode: UInt32 = 0
    }

    /// - Parameter follows: whether a symbolic link counts as what it leads to.
    static func facts(_ path: String, follows: Bool = true) -> Facts {
        var status = stat()
        guard (follows ? stat(path, &status) : lstat(path, &status)) == 0 else { return Facts(kind: .missing) }
        let kind: Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            default: .other
            }
        return Facts(kind: kind, owner: UInt32(status.st_uid), mode: UInt32(status.st_mode) & 0o7777)
    }

    /// The path without symbolic links; nil when something of it is missing.
    static func resolved(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// - Returns: nil when there is no such file.
    /// - Throws: ``ToolFault``.
    static func read(_ path: String, maximum: Int) throws(ToolFault) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw ToolFault(.failed, "\(path) cannot be read: \(message())")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            #if canImport(Darwin)
            let count = Darwin.read(descriptor, &buffer, buffer.count)
            #elseif canImport(Musl)
            let count = Musl.read(descriptor, &buffer, buffer.count)
            #else
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            #endif
            guard count >= 0 else { throw ToolFault(.failed, "\(path) cannot be read: \(message())") }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= maximum else {
                throw ToolFault(.unsupported, "\(path) is larger than \(maximum >> 20) MiB")
            }
        }
    }

    /// Puts a whole file in the place of another: readers see the old one or the new one, also after a loss of power.
    static func replace(_ path: String, with bytes: [UInt8]) throws(ToolFault) {
        let folder = parent(path)
        let temporary = "\(folder)/.omniroute-\(randomName())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ToolFault(.failed, "\(folder) cannot be written to: \(message())") }
        var rest = bytes[...]
        var isWritten = true
        while !rest.isEmpty, isWritten {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            isWritten = count > 0
            rest = rest.dropFirst(max(count, 0))
        }
        isWritten = isWritten && fsync(descriptor) == 0
        isWritten = close(descriptor) == 0 && isWritten
        guard isWritten, rename(temporary, path) == 0 else {
            let reason = message()
            unlink(temporary)
            throw ToolFault(.failed, "\(path) cannot be written: \(reason)")
        }
        sync(folder)
    }

    static func makeFolder(_ path: String) throws(ToolFault) {
        if facts(path).kind == .folder { return }
        if !path.isEmpty, path != "/" { try makeFolder(parent(path)) }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw ToolFault(.failed, "\(path) cannot be made: \(message())")
        }
    }

    static func removeFile(_ path: String) { unlink(path) }

    /// A folder with the files in it.
    static func removeFolder(_ path: String) {
        for name in names(path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    static func move(_ path: String, to other: String) throws(ToolFault) {
        guard rename(path, other) == 0 else { throw ToolFault(.failed, "\(other) cannot be written: \(message())") }
        sync(parent(other))
    }

    /// What a folder holds; nothing when it cannot be read.
    static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    static var user: UInt32 { UInt32(geteuid()) }

    static func isExecutable(_ path: String) -> Bool { facts(path).kind == .file && access(path, X_OK) == 0 }

    private static func message() -> String { String(cString: strerror(errno)) }

    private static func sync(_ folder: String) {
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    static func randomName() -> String {
        var random = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef")
        return String((0..<12).map { _ in digits[Int.random(in: 0..<16, using: &random)] })
    }
}
