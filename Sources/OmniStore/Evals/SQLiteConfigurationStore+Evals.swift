import GRDB
public import OmniCore
import OmniJSON

/// Suites of evals: they are made by people, so they stay with the configuration.
extension SQLiteConfigurationStore: EvalSuiteStore {
    static func addEvalSuites(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE evalSuite (
                    id TEXT PRIMARY KEY, definition TEXT NOT NULL, createdAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL)
                """)
    }

    public func evalSuites() async throws -> [EvalSuite] {
        try await pool.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM evalSuite").map { try EvalSuite(row: $0) }
        }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    public func evalSuite(_ id: String) async throws -> EvalSuite? {
        try await pool.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM evalSuite WHERE id = ?", arguments: [id])
                .map { try EvalSuite(row: $0) }
        }
    }

    public func insertEvalSuite(_ suite: EvalSuite) async throws -> Bool {
        try await change(
            """
            INSERT INTO evalSuite (definition, createdAt, updatedAt, id) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
            """, [suite.text, suite.createdAt, suite.updatedAt, suite.id])
    }

    public func updateEvalSuite(_ suite: EvalSuite) async throws -> Bool {
        try await change(
            "UPDATE evalSuite SET definition = ?, updatedAt = ? WHERE id = ?", [suite.text, suite.updatedAt, suite.id])
    }

    public func deleteEvalSuite(_ id: String) async throws -> Bool {
        try await change("DELETE FROM evalSuite WHERE id = ?", [id])
    }
}

extension EvalSuite {
    fileprivate init(row: Row) throws {
        self.init(id: row["id"], name: "", createdAt: row["createdAt"], updatedAt: row["updatedAt"])
        do {
            try merge(StoredObject.fields(row["definition"]))
        } catch let fault as FieldFault {
            throw StoreError(.database, "the database holds a suite '\(id)' that cannot be read: \(fault)")
        }
    }

    fileprivate var text: String { StoredObject.text { writeMembers(into: &$0) } }
}
