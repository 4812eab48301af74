import Foundation
import TestSupport
import Testing

@testable import OmniStore

/// A folder of its own for each test, gone when the test ends.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = TestFolder.path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        // What cannot be removed is the system's to clean; there is nobody left to tell.
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }

    func mode(_ name: String = "") throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: name.isEmpty ? path : file(name))
        return try #require(attributes[.posixPermissions] as? NSNumber).intValue
    }

    func write(_ bytes: [UInt8], to name: String, mode: Int = 0o600) throws {
        let isMade = FileManager.default.createFile(
            atPath: file(name), contents: Data(bytes), attributes: [.posixPermissions: mode])
        try #require(isMade)
    }

    /// Every byte of every file, for secrets that must not be there.
    func everything() throws -> Data {
        var all = Data()
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) where !isFolder(name) {
            all.append(try #require(FileManager.default.contents(atPath: file(name))))
        }
        return all
    }

    func isFolder(_ name: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: file(name), isDirectory: &isFolder) && isFolder.boolValue
    }

    func store(key: String? = nil, exclusive: Bool = true) throws -> DataStore {
        try DataStore.open(path: path, encryptionKey: key, exclusive: exclusive)
    }
}
