import Foundation
import GRDB
import GRDBSQLite

/// Values set one by one from memory: a list of many in their boxes would cost more than what is done with them.
extension Statement {
    /// Forgets all values; must come first, so that none is asked for when the statement is executed.
    func forgetValues() { setUncheckedArguments([]) }

    /// Executes with the values that were set, which stay, each until another one takes its place.
    func executeWithSetValues() throws {
        try execute()
        // No value can be set before.
        try check(sqlite3_reset(sqliteStatement))
    }

    /// The number in the first column of the only row; for questions that are asked with each batch.
    func fetchNumber() throws -> Int64 {
        defer { sqlite3_reset(sqliteStatement) }
        let code = sqlite3_step(sqliteStatement)
        guard code == SQLITE_ROW else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
        return sqlite3_column_int64(sqliteStatement, 0)
    }

    func set(_ number: Int64, at index: CInt) throws {
        try check(sqlite3_bind_int64(sqliteStatement, index, number))
    }

    func set(_ number: Int64?, at index: CInt) throws {
        if let number { try set(number, at: index) } else { try check(sqlite3_bind_null(sqliteStatement, index)) }
    }

    /// Sets a text without a copy: it must stay where it is until the statement was executed, or has other values.
    ///
    /// - Parameter text: UTF-8; what follows a NUL is left out, as where texts are given to SQLite as C strings.
    func set(_ text: UnsafeRawBufferPointer, at index: CInt) throws {
        let start = text.baseAddress?.assumingMemoryBound(to: CChar.self)  // SAFETY: bytes, read within their count
        let length = start.map { strnlen($0, text.count) } ?? 0
        // No destructor stands for memory that is somebody else's.
        try check(sqlite3_bind_text(sqliteStatement, index, start, CInt(length), nil))
    }

    func set(_ text: UnsafeRawBufferPointer?, at index: CInt) throws {
        if let text { try set(text, at: index) } else { try check(sqlite3_bind_null(sqliteStatement, index)) }
    }

    private func check(_ code: CInt) throws {
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the same bytes are there.
    func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let start = baseAddress, let otherStart = other.baseAddress else { return true }
        return memcmp(start, otherStart, count) == 0
    }
}

extension UnsafeRawBufferPointer? {
    /// Whether the same bytes are there, or none.
    func isEqual(to other: UnsafeRawBufferPointer?) -> Bool {
        guard let self, let other else { return self == nil && other == nil }
        return self.isEqual(to: other)
    }
}
