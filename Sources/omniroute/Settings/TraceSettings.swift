import Configuration
import Foundation
import OmniCore

/// Where traces go; the names are those of every OpenTelemetry exporter.
///
/// https://opentelemetry.io/docs/specs/otel/protocol/exporter/ (checked 2026-11-26)
struct TraceSettings: Sendable {
    var endpoint: UpstreamEndpoint
    var headers: [(name: String, value: String)] = []
    var service = "omniroute"
    var ratio = 1.0

    /// - Returns: nil when no collector is named.
    static func load(_ source: SettingsSource) throws -> TraceSettings? {
        var url = source.string("otelExporterOtlpTracesEndpoint")
        var key = "otelExporterOtlpTracesEndpoint"
        if url == nil, let base = source.string("otelExporterOtlpEndpoint") {
            key = "otelExporterOtlpEndpoint"
            url = (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/v1/traces"
        }
        guard let url else { return nil }
        guard let endpoint = UpstreamEndpoint(url: url) else {
            throw SettingsError(key, "must be an http or https address of a collector")
        }
        var settings = TraceSettings(endpoint: endpoint)
        if let text = source.string("otelExporterOtlpHeaders") { settings.headers = try headers(text) }
        settings.service = source.string("otelServiceName") ?? settings.service
        settings.ratio = try source.share("otelTracesSamplerArg") ?? settings.ratio
        return settings
    }

    /// `name=value,name=value`, the values percent-encoded.
    private static func headers(_ text: String) throws -> [(name: String, value: String)] {
        try text.split(separator: ",").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2, parts[0].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }),
                let value = parts[1].removingPercentEncoding, value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
            else { throw SettingsError("otelExporterOtlpHeaders", "must be name=value pairs with commas between") }
            return (parts[0].lowercased(), value)
        }
    }
}
