import Foundation
import OmniCore

/// Bytes that are fetched piece by piece; each stage of an export or import is one that draws from another.
protocol ByteSource {
    /// - Returns: at least one byte; nil at the end.
    mutating func next() throws -> [UInt8]?
}

/// The contents of a file.
struct FileSource: ByteSource {
    private let handle: FileHandle
    private var left: Int?

    /// - Parameter length: how much of the file counts; nil for all of it.
    init(path: String, length: Int? = nil) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw BackupFault(.failed, "a file in the data folder cannot be read")
        }
        self.handle = handle
        left = length
    }

    mutating func next() throws -> [UInt8]? {
        let wanted = min(left ?? Self.pieceLength, Self.pieceLength)
        guard wanted > 0 else { return nil }
        guard let data = try handle.read(upToCount: wanted), !data.isEmpty else {
            guard left == nil else { throw BackupFault(.failed, "a file changed while it was read") }
            return nil
        }
        left = left.map { $0 - data.count }
        return [UInt8](data)
    }

    private static let pieceLength = 128 << 10
}

/// Seals what it draws.
struct SealingSource: ByteSource {
    private var inner: any ByteSource
    private var sealer: PassphraseBox.Sealer
    private var isDone = false

    init(_ inner: any ByteSource, box: PassphraseBox) throws {
        self.inner = inner
        sealer = try PassphraseBox.Sealer(box)
    }

    mutating func next() throws -> [UInt8]? {
        while !isDone {
            guard let bytes = try inner.next() else {
                isDone = true
                return try sealer.finish()
            }
            let sealed = try sealer.seal(bytes)
            if !sealed.isEmpty { return sealed }
        }
        return nil
    }
}

/// Opens what it draws; an end that is missing is an error.
struct OpeningSource: ByteSource {
    private var inner: any ByteSource
    private var opener: PassphraseBox.Opener
    private var isDone = false

    init(_ inner: any ByteSource, passphrase: String) {
        self.inner = inner
        opener = PassphraseBox.Opener(passphrase: passphrase)
    }

    mutating func next() throws -> [UInt8]? {
        while !isDone {
            guard let bytes = try inner.next() else {
                isDone = true
                let rest = try opener.finish()
                return rest.isEmpty ? nil : rest
            }
            let opened = try opener.open(bytes)
            if !opened.isEmpty { return opened }
        }
        return nil
    }
}
