import Foundation
import OmniCore
import Synchronization

/// A file on its way in, kept in the data folder for as long as it is needed.
final class FileUpload: BackupUpload {
    /// The largest file taken, in bytes: an archive with a long history.
    static let maximumBytes = 1 << 30

    private struct State: Sendable {
        var handle: FileHandle?
        var length = 0
    }

    private let staging: StagingFolder
    private let path: String
    private let state: Mutex<State>

    init(in parent: String) throws {
        staging = try StagingFolder(in: parent)
        path = try staging.make("upload")
        guard let handle = FileHandle(forWritingAtPath: path) else {
            throw BackupFault(.failed, "a file in the data folder cannot be written")
        }
        state = Mutex(State(handle: handle))
    }

    func append(_ bytes: [UInt8]) throws {
        try state.withLock { state in
            state.length += bytes.count
            guard state.length <= Self.maximumBytes else {
                throw BackupFault(.tooLarge, "the file is larger than \(Self.maximumBytes >> 20) MiB")
            }
            do {
                try state.handle?.write(contentsOf: bytes)
            } catch {
                throw BackupFault(.noSpace, "the file cannot be written; is there room on the disk?")
            }
        }
    }

    /// The path of the file; it is gone with this value.
    func finish() throws -> String {
        try state.withLock { state in
            try state.handle?.close()
            state.handle = nil
        }
        return path
    }
}
