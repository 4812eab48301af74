/// What a model takes or does besides text, as catalogues and people tell it.
///
/// For people and programs that choose a model; how requests are written is decided by `ModelCapabilities`.
public enum ModelCapability: String, Sendable, Hashable, CaseIterable {
    case vision, audio, documents, tools, reasoning
    case structuredOutput = "structured_output"
}

extension Set<ModelCapability> {
    /// By name, in an order that does not change.
    public var names: [String] { ModelCapability.allCases.filter(contains).map(\.rawValue) }
}
