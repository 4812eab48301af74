import CZlib
import Foundation

/// Writes a Swift file that holds the files of a folder, plain and compressed, so that the binary needs no files beside it.
///
///     embed-assets FOLDER OUTPUT.swift
///
/// Bytes stand there as base64 in string literals: literals of arrays take the compiler minutes.
@main struct EmbedAssets {
    static func main() throws {
        guard CommandLine.arguments.count == 3 else { throw Failure("usage: embed-assets FOLDER OUTPUT.swift") }
        let folder = URL(filePath: CommandLine.arguments[1], directoryHint: .isDirectory)
        var lines = [
            "// Made by embed-assets.", "", "extension DashboardFile {", "    static let embedded: [DashboardFile] = [",
        ]
        for path in try files(in: folder) {
            let plain = try Data(contentsOf: folder.appending(path: path))
            lines.append("        DashboardFile(")
            lines.append("            path: \"\(path)\",")
            lines.append("            plain: \"\(plain.base64EncodedString())\",")
            lines.append("            compressed: \"\(try compressed(plain).base64EncodedString())\"),")
        }
        lines += ["    ]", "}", ""]
        try lines.joined(separator: "\n").write(toFile: CommandLine.arguments[2], atomically: true, encoding: .utf8)
    }

    /// Paths within the folder, sorted, so that the same files make the same output.
    private static func files(in folder: URL) throws -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: folder.path()) else {
            throw Failure("no folder: \(folder.path())")
        }
        return walk.compactMap { $0 as? String }
            .filter { path in [".js", ".css", ".html", ".svg"].contains { path.hasSuffix($0) } }
            .sorted()
    }

    /// In the gzip format (RFC 1952), without a time, so that the same bytes give the same result.
    private static func compressed(_ data: Data) throws -> Data {
        var stream = z_stream()
        // 15 bits of window, and 16 for gzip's own head and end.
        let version = zlibVersion()
        let begun = deflateInit2_(
            &stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY, version, Int32(MemoryLayout<z_stream>.size))
        guard begun == Z_OK else { throw Failure("deflateInit2: \(begun)") }
        defer { deflateEnd(&stream) }
        var input = [UInt8](data)
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(input.count))))
        let ended = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        guard ended == Z_STREAM_END else { throw Failure("deflate: \(ended)") }
        return Data(output.prefix(Int(stream.total_out)))
    }
}

/// Why no file was written.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
