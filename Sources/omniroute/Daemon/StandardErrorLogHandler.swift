import Foundation
import Logging
import OmniCore

/// Log lines on standard error: time, level, message and `key=value` pairs, one write for each line.
///
/// The library's own handler formats through locale-aware C functions under a lock, at several times the cost of this.
struct StandardErrorLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    static func logger(level: Logger.Level) -> Logger {
        Logger(label: "omniroute") { _ in StandardErrorLogHandler(logLevel: level) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = ISOTime.string(SystemClock().wallMilliseconds())
        line += " \(event.level.rawValue) \(Self.plain(event.message.description))"
        let pairs = event.metadata.map { metadata.merging($0) { _, new in new } } ?? metadata
        for (key, value) in pairs.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(Self.field("\(value)"))"
        }
        line += "\n"
        Self.write(Array(line.utf8))
    }

    /// Writes whole lines at once, so that those of several threads do not mix.
    static func write(_ lines: [UInt8]) {
        var rest = lines[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            // A closed standard error leaves nobody to tell.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// A value as it stands after `=`.
    static func field(_ value: String) -> String { quoted(plain(value)) }

    /// Without control characters, so that nothing a client sends can begin a line of its own.
    private static func plain(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return text }
        return String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }))
    }

    private static func quoted(_ text: String) -> String {
        text.utf8.contains(where: { $0 == 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "=") })
            ? "\"" + text.replacing("\"", with: "\\\"") + "\"" : text
    }
}
