import OmniJSON

/// What this router last wrote for a tool; kept beside the copies, without the key's text.
public struct ConnectionRecord: Sendable, Hashable {
    public var address: String
    public var keyID: String
    public var model: String?
    /// Milliseconds since 1970.
    public var time: Int64

    private static func path(_ tool: CodingTool, in folder: String) -> String { "\(folder)/\(tool.id).json" }

    static func read(_ tool: CodingTool, in folder: String) -> ConnectionRecord? {
        // Without it a tool is one that was never connected.
        guard let bytes = try? FileSystem.read(path(tool, in: folder), maximum: 1 << 20),
            let record = try? JSONValue(parsing: bytes), let address = record["address"]?.string
        else { return nil }
        return ConnectionRecord(
            address: address, keyID: record["keyId"]?.string ?? "", model: record["model"]?.string,
            time: Int64(record["time"]?.int ?? 0))
    }

    func save(_ tool: CodingTool, in folder: String) throws(ToolFault) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("address")
        writer.string(address)
        writer.key("keyId")
        writer.string(keyID)
        if let model {
            writer.key("model")
            writer.string(model)
        }
        writer.key("time")
        writer.value(Int(time))
        writer.endObject()
        try FileSystem.makeFolder(folder)
        try FileSystem.replace(Self.path(tool, in: folder), with: writer.bytes)
    }

    static func remove(_ tool: CodingTool, in folder: String) { FileSystem.removeFile(path(tool, in: folder)) }
}
