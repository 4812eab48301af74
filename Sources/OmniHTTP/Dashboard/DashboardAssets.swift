import Crypto
import FoundationEssentials
import NIOCore
import OmniCore

/// The dashboard's files, under a fingerprint of them all.
///
/// The fingerprint is part of each file's address. Browsers may therefore keep a file for ever, modules import each other by
/// relative addresses, and what one version of the dashboard loads never comes from another. That is also why files are
/// decoded each time one is sent, and none is kept: nobody asks twice.
struct DashboardAssets: Sendable {
    /// One file.
    struct Asset: Sendable {
        let contentType: String
        fileprivate let file: DashboardFile

        var plain: ByteBuffer { DashboardAssets.bytes(file.plain) }
        var compressed: ByteBuffer { DashboardAssets.bytes(file.compressed) }
    }

    /// The page every address of the dashboard begins with; its addresses of files carry the fingerprint.
    static let shellPath = "index.html"
    private static let placeholder = "{{fingerprint}}"

    /// Made when the dashboard is opened, which many processes never see.
    static let embedded = DashboardAssets(DashboardFile.embedded)

    /// 16 hexadecimal digits.
    let fingerprint: String
    let shell: ByteBuffer
    private let assets: [String: Asset]

    init(_ files: [DashboardFile]) {
        var digest = SHA256()
        var assets: [String: Asset] = [:]
        for file in files {
            digest.update(data: Array(file.path.utf8) + [0])
            digest.update(data: Array(file.plain.utf8) + [0])
            assets[file.path] = Asset(contentType: Self.contentType(of: file.path), file: file)
        }
        fingerprint = String(Array(digest.finalize()).hexadecimal.prefix(16))
        let page = assets.removeValue(forKey: Self.shellPath).map { String(buffer: $0.plain) } ?? ""
        shell = ByteBuffer(string: page.split(separator: Self.placeholder).joined(separator: fingerprint))
        self.assets = assets
    }

    /// - Parameter path: within the folder of the files.
    /// - Returns: nil unless there is a file of exactly this name.
    subscript(path: String) -> Asset? { assets[path] }

    private static func bytes(_ base64: String) -> ByteBuffer {
        ByteBuffer(bytes: Data(base64Encoded: base64) ?? Data())
    }

    private static func contentType(of path: String) -> String {
        switch path.split(separator: ".").last {
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "text/html; charset=utf-8"
        }
    }
}
