#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What the operating system says about this process.
package enum ProcessStatus {
    package static var processID: Int { Int(getpid()) }

    package static var platform: StaticString {
        #if os(Linux)
        "linux"
        #else
        "darwin"
        #endif
    }

    /// Bytes of memory in use; nil where there is no `/proc`.
    ///
    /// `/proc/self/statm` is made by the kernel on the spot, so reading it waits for no disk.
    package static var residentBytes: Int? {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = read(file, &text, text.count)
        guard count > 0 else { return nil }
        let statm = String(decoding: text.prefix(count), as: UTF8.self)
        return residentBytes(statm: statm, pageSize: sysconf(Int32(_SC_PAGESIZE)))
    }

    /// - Parameter statm: seven numbers of pages; the second is the resident set.
    package static func residentBytes(statm: String, pageSize: Int) -> Int? {
        let fields = statm.split { $0.isWhitespace }
        guard fields.count >= 2, let pages = Int(fields[1]), pages >= 0, pageSize > 0 else { return nil }
        let (bytes, overflows) = pages.multipliedReportingOverflow(by: pageSize)
        return overflows ? nil : bytes
    }
}
