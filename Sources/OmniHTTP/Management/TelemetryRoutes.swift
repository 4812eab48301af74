import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var telemetryRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/telemetry/summary", .read, .showTelemetry, showTelemetry),
            ManagementRoute(.get, "/metrics", .readOrThisMachine, .showMetrics, showMetrics),
        ]
    }

    /// How long requests took that ended within the last `?windowMs=` milliseconds; default: five minutes.
    private func showTelemetry(_ call: ManagementRequest) async throws -> ManagementResponse {
        var window = 300_000
        if let text = call.query("windowMs"), !text.isEmpty {
            guard let number = Int(text), (1...Telemetry.maximumWindow).contains(number) else {
                throw ManagementError.invalid("windowMs", "must be between 1 and \(Telemetry.maximumWindow)")
            }
            window = number
        }
        let now = dependencies.clock.wallMilliseconds()
        let figures = dependencies.telemetry.figures(window: window, now: now)
        let total = Telemetry.total(figures)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("windowMs")
            writer.value(window)
            writer.members(of: total)
            writer.key("providers")
            writer.beginObject()
            for (provider, figures) in figures.sorted(by: { $0.key < $1.key }) where !provider.isEmpty {
                writer.key(JSONText(provider))
                writer.beginObject()
                writer.members(of: figures)
                writer.endObject()
            }
            writer.endObject()
            writer.key("phaseBreakdown")
            writer.beginObject()
            writer.key("connect")
            writer.write(total.connect)
            writer.key("stream")
            writer.write(total.stream)
            writer.endObject()
            writer.endObject()
        }
    }

    private func showMetrics(_ call: ManagementRequest) async throws -> ManagementResponse {
        let text = dependencies.telemetry.metrics(
            cache: dependencies.cache.figures, routing: dependencies.routing,
            droppedBodies: dependencies.bodyLog.dropped)
        var response = ManagementResponse { $0.raw(text[...]) }
        response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
        return response
    }
}

extension JSONWriter {
    fileprivate mutating func members(of figures: TelemetryFigures) {
        members(of: figures.duration)
        key("errorRate")
        value(JSONNumber(figures.errorRate))
        key("ttft")
        write(figures.firstToken)
        key("overheadUs")
        write(figures.overhead)
    }

    fileprivate mutating func write(_ spread: TelemetryFigures.Spread) {
        beginObject()
        members(of: spread)
        endObject()
    }

    private mutating func members(of spread: TelemetryFigures.Spread) {
        key("count")
        value(spread.count)
        key("p50")
        value(spread.p50)
        key("p95")
        value(spread.p95)
        key("p99")
        value(spread.p99)
        key("avg")
        value(spread.average)
    }
}
