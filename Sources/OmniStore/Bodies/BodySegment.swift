import Foundation
import OmniCore

/// One file of logged bodies: records one behind the other, each a head of fixed size, the request's id and the body.
///
/// What a crash left half written at the end is not read; whoever writes next begins a new file.
struct BodySegment {
    struct RequestKey: Hashable {
        var requestID: String
        var startedAt: Int64

        init(requestID: String, startedAt: Int64) {
            self.requestID = requestID
            self.startedAt = startedAt
        }

        init(_ record: UsageRecord) { self.init(requestID: record.requestID, startedAt: record.startedAt) }
    }

    struct Entry {
        var key: RequestKey
        var kind: BodyEntry.Kind
        var isCut: Bool
        /// Of the body as it came.
        var length: Int
        /// Where the record begins, and its body.
        var start: Int
        var bodyStart: Int
        var bodyLength: Int

        func isOf(_ record: UsageRecord) -> Bool { key == RequestKey(record) }
    }

    private static let magic: UInt32 = 0x314C_424F
    private static let headLength = 32
    private static let ending = ".bodies"

    let path: String
    /// Milliseconds since 1970.
    let startedAt: Int64

    /// - Returns: nil for files of another kind.
    init?(folder: String, name: String) {
        guard name.hasSuffix(Self.ending), let startedAt = Int64(name.dropLast(Self.ending.count)) else { return nil }
        path = folder + "/" + name
        self.startedAt = startedAt
    }

    static func create(in folder: String, startedAt: Int64) throws -> BodySegment {
        let name = "\(startedAt)\(ending)"
        guard let segment = BodySegment(folder: folder, name: name) else {
            preconditionFailure("the name was made in the form that is read")
        }
        try segment.with(O_CREAT | O_EXCL | O_WRONLY) { _ in }
        return segment
    }

    var size: Int {
        get throws {
            var status = stat()
            guard lstat(path, &status) == 0 else { throw failure("cannot be looked at") }
            return Int(status.st_size)
        }
    }

    // MARK: Writing

    /// A record as it stands in a file.
    static func record(_ entry: BodyEntry, bytes: [UInt8], isCut: Bool) -> [UInt8] {
        let id = Array(entry.requestID.utf8.prefix(Int(UInt16.max)))
        var record: [UInt8] = []
        record.reserveCapacity(headLength + id.count + bytes.count)
        append(magic, to: &record)
        record.append(entry.kind.rawValue)
        record.append(isCut ? 1 : 0)
        append(UInt16(id.count), to: &record)
        append(entry.startedAt, to: &record)
        append(Int64(entry.length), to: &record)
        append(UInt64(bytes.count), to: &record)
        return record + id + bytes
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    func append(_ record: [UInt8]) throws {
        try with(O_WRONLY | O_APPEND) { descriptor in
            let end = try size
            guard write(descriptor, record, record.count) == record.count else {
                // Half a record would hide what follows it.
                _ = ftruncate(descriptor, off_t(end))
                throw failure("cannot be written; is the disk full?")
            }
        }
    }

    /// Overwrites a body and everything that tells whose it was.
    func erase(_ entry: Entry) throws {
        try with(O_WRONLY) { descriptor in
            let kind: [UInt8] = [0]
            let end = entry.bodyStart + entry.bodyLength
            let zeros = [UInt8](repeating: 0, count: end - entry.start - Self.headLength)
            guard pwrite(descriptor, kind, 1, off_t(entry.start + 4)) == 1,
                pwrite(descriptor, zeros, zeros.count, off_t(entry.start + Self.headLength)) == zeros.count
            else { throw failure("cannot be written") }
        }
    }

    func remove() throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("cannot be removed") }
    }

    // MARK: Reading

    func entries() throws -> [Entry] {
        try with(O_RDONLY) { descriptor in
            var entries: [Entry] = []
            var position = 0
            let end = try size
            while let head = bytes(descriptor, position, Self.headLength), Self.number(head, 0) as UInt32 == Self.magic
            {
                let idLength = Int(Self.number(head, 6) as UInt16)
                let bodyLength = Int(clamping: Self.number(head, 24) as UInt64)
                let bodyStart = position + Self.headLength + idLength
                guard bodyLength <= end - bodyStart, let id = bytes(descriptor, position + Self.headLength, idLength)
                else { break }
                if let kind = BodyEntry.Kind(rawValue: head[4]) {
                    entries.append(
                        Entry(
                            key: RequestKey(
                                requestID: String(decoding: id, as: UTF8.self), startedAt: Self.number(head, 8)),
                            kind: kind, isCut: head[5] != 0, length: Int(Self.number(head, 16) as Int64),
                            start: position, bodyStart: bodyStart, bodyLength: bodyLength))
                }
                position = bodyStart + bodyLength
            }
            return entries
        }
    }

    func body(of entry: Entry) throws -> LoggedBodies.Body {
        try with(O_RDONLY) { descriptor in
            guard let bytes = bytes(descriptor, entry.bodyStart, entry.bodyLength) else {
                throw failure("cannot be read")
            }
            return LoggedBodies.Body(bytes: bytes, length: entry.length, isCut: entry.isCut)
        }
    }

    private func bytes(_ descriptor: Int32, _ position: Int, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return pread(descriptor, &bytes, count, off_t(position)) == count ? bytes : nil
    }

    private static func number<Number: FixedWidthInteger>(_ bytes: [UInt8], _ position: Int) -> Number {
        bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Number.self)) }
    }

    private func with<Result>(_ flags: Int32, _ body: (Int32) throws -> Result) throws -> Result {
        let descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be opened") }
        defer { close(descriptor) }
        return try body(descriptor)
    }

    private func failure(_ what: String) -> StoreError {
        StoreError(.directory, "the file \(path) \(what): \(String(cString: strerror(errno)))")
    }
}
