import OmniJSON

/// One span with the attributes of OpenTelemetry's conventions for HTTP and generative AI.
///
/// https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ (checked 2026-11-26)
struct TraceSpan {
    enum Kind: Int {
        case server = 2
        case client = 3
    }

    enum Value: Hashable {
        case text(String)
        case number(Int)
        case decimal(Double)
        case flag(Bool)
    }

    var traceID: String
    var spanID: String
    var parentID: String?
    var name: String
    var kind: Kind
    /// Nanoseconds since 1970.
    var start: UInt64
    var end: UInt64
    var attributes: [(name: String, value: Value)] = []
    /// What went wrong; nil when nothing did.
    var error: String?

    mutating func add(_ name: String, _ text: String?) {
        if let text, !text.isEmpty { attributes.append((name, .text(text))) }
    }

    mutating func add(_ name: String, _ number: Int?) {
        if let number { attributes.append((name, .number(number))) }
    }

    /// In OTLP's JSON: numbers of 64 bits are strings, identifiers hexadecimal.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.text("traceId", traceID)
        writer.text("spanId", spanID)
        if let parentID { writer.text("parentSpanId", parentID) }
        writer.text("name", name)
        writer.key("kind")
        writer.value(kind.rawValue)
        writer.text("startTimeUnixNano", "\(start)")
        writer.text("endTimeUnixNano", "\(max(start, end))")
        writer.attributes(attributes)
        if let error {
            writer.key("status")
            writer.beginObject()
            writer.key("code")
            writer.value(2)
            writer.text("message", error)
            writer.endObject()
        }
        writer.endObject()
    }

    /// A whole `ExportTraceServiceRequest`.
    static func export(_ spans: [TraceSpan], service: String, version: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("resourceSpans")
        writer.beginArray()
        writer.beginObject()
        writer.key("resource")
        writer.beginObject()
        writer.attributes([("service.name", .text(service)), ("service.version", .text(version))])
        writer.endObject()
        writer.key("scopeSpans")
        writer.beginArray()
        writer.beginObject()
        writer.key("scope")
        writer.beginObject()
        writer.text("name", "omniroute")
        writer.text("version", version)
        writer.endObject()
        writer.key("spans")
        writer.beginArray()
        for span in spans { span.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func text(_ name: StaticString, _ text: String) {
        key(name)
        string(text)
    }

    fileprivate mutating func attributes(_ attributes: [(name: String, value: TraceSpan.Value)]) {
        key("attributes")
        beginArray()
        for (name, value) in attributes {
            beginObject()
            text("key", name)
            key("value")
            beginObject()
            switch value {
            case .text(let string): text("stringValue", string)
            case .number(let number): text("intValue", "\(number)")
            case .decimal(let number):
                key("doubleValue")
                self.value(JSONNumber(number))
            case .flag(let flag):
                key("boolValue")
                self.value(flag)
            }
            endObject()
            endObject()
        }
        endArray()
    }
}
