import Foundation
import GRDB
import OmniCore

extension SQLiteConfigurationStore {
    static func blob(_ bytes: [UInt8]) -> Data { Data(bytes) }
}

extension Connection {
    init(row: Row, box: SecretBox) throws {
        let sealed: String? = row["apiKey"]
        let tokens: String? = row["oauth"]
        let credential =
            if let tokens {
                Credential.oauth(try OAuthTokens(sealed: tokens, box: box))
            } else {
                try sealed.map { Credential(apiKey: try box.open($0)) }
            }
        self.init(
            id: ConnectionID(row["id"] as String), provider: ProviderID(row["provider"] as String), name: row["name"],
            priority: row["priority"], isActive: row["isActive"], baseURL: row["baseURL"],
            credential: credential, defaultModel: row["defaultModel"],
            testStatus: row["testStatus"], lastError: row["lastError"], lastErrorAt: row["lastErrorAt"],
            lastTestedAt: row["lastTestedAt"], createdAt: row["createdAt"], updatedAt: row["updatedAt"])
        try options.merge(StoredObject.fields(row["options"]))
    }

    /// In the order of the columns, the id last; without OAuth tokens.
    func arguments(_ box: SecretBox) throws -> StatementArguments {
        [
            provider.rawValue, name, priority, isActive, baseURL, try credential?.apiKey.map { try box.seal($0) },
            defaultModel, testStatus, lastError, lastErrorAt, lastTestedAt, createdAt, updatedAt,
            StoredObject.text { options.writeMembers(into: &$0) }, id.rawValue,
        ]
    }
}

extension ProviderNode {
    init(row: Row) throws {
        guard let type = Kind(rawValue: row["type"]) else {
            throw StoreError(.database, "the database holds a node of an unknown type; it is of a newer version")
        }
        let apiType: String? = row["apiType"]
        self.init(
            id: ProviderNodeID(row["id"] as String), name: row["name"], prefix: row["prefix"], type: type,
            apiType: apiType.flatMap(APIType.init(rawValue:)), baseURL: row["baseURL"], createdAt: row["createdAt"],
            updatedAt: row["updatedAt"])
    }

    var arguments: StatementArguments {
        [name, prefix, type.rawValue, apiType?.rawValue, baseURL, createdAt, updatedAt, id.rawValue]
    }
}

extension ClientKey {
    init(row: Row) throws {
        let digest: Data = row["digest"]
        self.init(
            id: ClientKeyID(row["id"] as String), name: row["name"], digest: [UInt8](digest), mask: row["mask"],
            isActive: row["isActive"], revokedAt: row["revokedAt"], createdAt: row["createdAt"])
        try limits.merge(StoredObject.fields(row["limits"]))
    }

    var arguments: StatementArguments {
        [
            name, Data(digest), mask, isActive, revokedAt, createdAt,
            StoredObject.text { limits.writeMembers(into: &$0) }, id.rawValue,
        ]
    }
}
