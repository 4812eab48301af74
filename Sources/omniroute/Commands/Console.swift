import Foundation
import OmniJSON

/// What a command has to say, on standard output; logs go to standard error.
enum Console {
    /// Writes one line at once.
    static func line(_ text: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))  // Nobody reads on.
    }

    /// Writes one JSON document, for commands with `--json`.
    static func json(_ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        write(&writer)
        line(String(decoding: writer.bytes, as: UTF8.self))
    }
}
