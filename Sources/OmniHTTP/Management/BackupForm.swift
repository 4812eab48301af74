import HTTPTypes
import Hummingbird
import NIOCore
import OmniCore
import OmniTranslate

/// A backup that is sent in: a form with a field `file`, or the file alone as the body.
struct BackupForm {
    private(set) var fileName = "backup"
    private(set) var passphrase: String?
    /// Of the machine the backup is of.
    private(set) var storageKey: String?

    /// Reads the request to its end; the file goes to its place while it arrives.
    init(_ request: Request, into upload: any BackupUpload) async throws {
        let type = request.headers[.contentType] ?? ""
        guard type.lowercased().hasPrefix("multipart/") else {
            if let name = request.uri.queryParameters["filename"], !name.isEmpty { fileName = String(name.prefix(200)) }
            for try await piece in request.body { try upload.append(Array(piece.readableBytesView)) }
            return
        }
        do {
            try await readForm(request, boundary: MultipartBoundary(contentType: type), upload)
        } catch let error as MultipartError {
            throw ManagementError(.badRequest, "invalid_form", "\(error)")
        }
    }

    private mutating func readForm(
        _ request: Request, boundary: MultipartBoundary, _ upload: any BackupUpload
    ) async throws {
        var parser = MultipartParser(boundary: boundary)
        var field: (name: String, value: [UInt8])?
        var isInFile = false
        var hasFile = false
        for try await piece in request.body {
            for event in try parser.push(piece.readableBytesView) {
                switch event {
                case .part(let part) where part.name == "file":
                    guard !hasFile else { throw ManagementError.invalid("file", "sent twice") }
                    (hasFile, isInFile) = (true, true)
                    if let name = part.fileName, !name.isEmpty { fileName = String(name.prefix(200)) }
                case .part(let part): field = (part.name, [])
                case .bytes(let bytes) where isInFile: try upload.append(bytes)
                case .bytes(let bytes):
                    field?.value += bytes
                    guard field.map({ $0.value.count <= 4096 }) ?? true else {
                        throw ManagementError.invalid(field?.name ?? "form", "longer than 4096 bytes")
                    }
                case .endOfPart:
                    isInFile = false
                    take(&field)
                }
            }
        }
        guard parser.isComplete else { throw MultipartError("the form ends before its closing boundary") }
        guard hasFile else { throw ManagementError.invalid("file", "required") }
    }

    private mutating func take(_ field: inout (name: String, value: [UInt8])?) {
        defer { field = nil }
        guard let (name, bytes) = field, !bytes.isEmpty else { return }
        switch name {
        case "passphrase": passphrase = String(decoding: bytes, as: UTF8.self).trimmed
        case "storageKey": storageKey = String(decoding: bytes, as: UTF8.self).trimmed
        default: break
        }
    }
}
