extension UpstreamEndpoint {
    /// The same address with one more parameter in its query; both parts are encoded as far as needed.
    public func adding(_ name: String, _ value: String) -> UpstreamEndpoint {
        var result = self
        result.path += (path.contains("?") ? "&" : "?") + "\(name.percentEncoded)=\(value.percentEncoded)"
        return result
    }

    /// Whether the query has a parameter of this name.
    public func hasParameter(_ name: String) -> Bool {
        guard let query = path.firstIndex(of: "?") else { return false }
        return path[path.index(after: query)...].split(separator: "&").contains { $0.hasPrefix(name + "=") }
    }
}
