import OmniCore

/// Writes a tar archive (POSIX ustar) of files and of texts made for it.
struct TarSource: ByteSource {
    /// One member of the archive.
    struct Entry {
        var name: String
        var length: Int
        var contents: Contents

        enum Contents {
            case bytes([UInt8])
            case file(path: String)
        }

        static func bytes(_ name: String, _ bytes: [UInt8]) -> Entry {
            Entry(name: name, length: bytes.count, contents: .bytes(bytes))
        }
    }

    private var entries: ArraySlice<Entry>
    private let modifiedAt: Int64
    private var current: (any ByteSource)?
    private var padding = 0
    private var isDone = false

    /// - Parameter modifiedAt: in seconds since 1970.
    init(_ entries: [Entry], modifiedAt: Int64) {
        self.entries = entries[...]
        self.modifiedAt = modifiedAt
    }

    mutating func next() throws -> [UInt8]? {
        while true {
            if let bytes = try current?.next() { return bytes }
            current = nil
            if padding > 0 {
                defer { padding = 0 }
                return [UInt8](repeating: 0, count: padding)
            }
            guard let entry = entries.popFirst() else {
                guard !isDone else { return nil }
                isDone = true
                return [UInt8](repeating: 0, count: 1024)
            }
            padding = (512 - entry.length % 512) % 512
            switch entry.contents {
            case .bytes(let bytes): current = Once(bytes: bytes)
            case .file(let path): current = try FileSource(path: path, length: entry.length)
            }
            return try header(of: entry)
        }
    }

    private func header(of entry: Entry) throws -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ number: Int64, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        guard entry.name.utf8.count < 100, entry.length < 1 << 33 else {
            throw BackupFault(.tooLarge, "a file is too large for the archive")
        }
        put(entry.name, at: 0)
        put(octal(0o600, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(Int64(entry.length), 11), at: 124)
        put(octal(max(0, modifiedAt), 11), at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar\u{0}00", at: 257)
        let sum = header.reduce(0) { $0 + Int64($1) }
        put(octal(sum, 6) + "\u{0} ", at: 148)
        return header
    }

    /// Bytes that are all there at once.
    private struct Once: ByteSource {
        var bytes: [UInt8]

        mutating func next() -> [UInt8]? {
            guard !bytes.isEmpty else { return nil }
            defer { bytes = [] }
            return bytes
        }
    }
}
