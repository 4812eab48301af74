import Crypto
import Foundation
import GRDB
import OmniCore

/// A table of ours and its columns, and how its rows get from one file into another.
///
/// Values are taken one by one with their types checked: a file from elsewhere may hold any value in any column, and what
/// reads the configuration relies on what the schema says.
struct TableShape {
    struct Column {
        var name: String
        var type: String
    }

    let name: String
    let columns: [Column]

    private var columnList: String { columns.map { Self.quoted($0.name) }.joined(separator: ", ") }

    /// The tables of a file of ours that a restore brings back.
    static func all(in database: Database) throws -> [TableShape] {
        try String.fetchAll(
            database,
            sql: """
                SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
                    AND name <> 'grdb_migrations' ORDER BY name
                """
        ).filter { !RestoreScope.keptTables.contains($0) }.map { name in
            TableShape(
                name: name,
                columns: try Row.fetchAll(
                    database, sql: "SELECT name, type FROM pragma_table_info(?)", arguments: [name]
                )
                .map { Column(name: $0["name"], type: ($0["type"] as String).uppercased()) })
        }
    }

    /// - Throws: ``BackupFault`` when the other file has no such table with these columns in plain form.
    func check(in other: Database) throws {
        // A view or a virtual table may compute whatever it likes, and so may a generated column.
        let definition = try String.fetchOne(
            other, sql: "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", arguments: [name])
        guard let definition, definition.prefix(13).uppercased() == "CREATE TABLE " else {
            throw BackupFault(.foreign, "the file is no backup of this program: it has no table '\(name)'")
        }
        let plain = Set(
            try String.fetchAll(
                other, sql: "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0", arguments: [name]))
        for column in columns where !plain.contains(column.name) {
            throw BackupFault(
                .foreign, "the file is no backup of this program: '\(name)' has no column '\(column.name)'")
        }
    }

    /// Adds the rows of one file to another, in their order.
    func copy(from source: Database, to target: Database) throws {
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        let insertion = try target.makeStatement(
            sql: "INSERT INTO \(Self.quoted(name)) (\(columnList)) VALUES (\(places))")
        try forEachRow(in: source) { values in
            try insertion.execute(arguments: StatementArguments(values))
        }
    }

    /// Adds what a restore would bring back to a digest.
    func hash(in database: Database, into digest: inout SHA256) throws {
        let volatile = RestoreScope.volatileColumns[name] ?? []
        digest.update(data: Array("table \(name)\n".utf8))
        try forEachRow(in: database) { values in
            for (column, value) in zip(columns, values) where !volatile.contains(column.name) {
                let bytes = if case .blob(let data) = value.storage { [UInt8](data) } else { Array("\(value)".utf8) }
                digest.update(data: Array("\(bytes.count) ".utf8))
                digest.update(data: bytes)
            }
        }
    }

    private func forEachRow(in database: Database, _ body: ([DatabaseValue]) throws -> Void) throws {
        // The order of the table itself, which is that of insertion; no index of the file is trusted.
        let rows = try Row.fetchCursor(
            database,
            sql: "SELECT \(columnList) FROM \(Self.quoted(name)) NOT INDEXED \(RestoreScope.condition(name))")
        while let row = try rows.next() {
            let values = Array(row.databaseValues)
            for (column, value) in zip(columns, values) where !Self.fits(value, column.type) {
                throw BackupFault(
                    .damaged, "the file holds a value of another type in '\(name).\(column.name)'")
            }
            try body(values)
        }
    }

    /// By the affinity of the column (https://sqlite.org/datatype3.html#determination_of_column_affinity).
    private static func fits(_ value: DatabaseValue, _ type: String) -> Bool {
        let isInteger = type.contains("INT") || type.contains("BOOL")
        let isText = type.contains("CHAR") || type.contains("CLOB") || type.contains("TEXT")
        let isReal = type.contains("REAL") || type.contains("FLOA") || type.contains("DOUB")
        return switch value.storage {
        // Whether there may be none is the schema's to say.
        case .null: true
        case .int64: isInteger || isReal
        case .double: isReal
        case .string: isText
        case .blob: type.contains("BLOB")
        }
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}
