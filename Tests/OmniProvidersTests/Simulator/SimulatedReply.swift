import NIOCore
import NIOPosix
import OmniCore
import OmniJSON
import OmniProviders
import OmniTranslate

/// A simulated answer, read as a client of its format would read it.
struct SimulatedReply: Sendable {
    struct Call: Sendable {
        var id = ""
        var name = ""
        var arguments = ""
    }

    var status: Int
    var body = ""
    var retryAfter: String?
    var text = ""
    var thought = ""
    var calls: [Call] = []
    var finish: String?
    var outputTokens: Int?
    /// Whether the format's own mark of the end was seen.
    var isComplete = false

    init(asking model: String, body: String, form: SimulatorTransportTests.Form) async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let endpoint = UpstreamEndpoint(scheme: .simulator, host: "simulator", port: 0, path: "/")
        let target = Target(
            provider: ProviderDescription.simulatorID, connection: nil, model: model, format: form.format,
            endpoint: endpoint, headers: [], capabilities: ModelCapabilities(), isNative: false)
        let request = UpstreamRequest(
            endpoint: endpoint, headers: [], body: ByteBuffer(string: body), deadlines: UpstreamDeadlines(),
            target: target)
        let answer = try await withTaskExecutorPreference(LoopTaskExecutor(eventLoop)) {
            let exchange = try await SimulatorTransport().send(request, on: eventLoop)
            return (exchange.header("Retry-After"), try await UpstreamAnswer(reading: exchange))
        }
        retryAfter = answer.0
        status = answer.1.status
        self.body = answer.1.body
        guard status == 200 else { return }
        if form.isStreaming { try readEvents(form.format) } else { try readBody(form.format) }
    }

    private mutating func readBody(_ format: WireFormat) throws {
        let json = try JSONValue(parsing: Array(body.utf8))
        isComplete = true
        if format == .openAIChat {
            let choice = json["choices"]?.elements.first { _ in true }
            let message = choice?["message"]
            text = message?["content"]?.string ?? ""
            thought = message?["reasoning_content"]?.string ?? ""
            finish = choice?["finish_reason"]?.string
            outputTokens = json["usage"]?["completion_tokens"]?.int
            for call in message?["tool_calls"].map({ Array($0.elements) }) ?? [] {
                calls.append(
                    Call(
                        id: call["id"]?.string ?? "", name: call["function"]?["name"]?.string ?? "",
                        arguments: call["function"]?["arguments"]?.string ?? ""))
            }
        } else {
            finish = json["stop_reason"]?.string
            outputTokens = json["usage"]?["output_tokens"]?.int
            for block in json["content"].map({ Array($0.elements) }) ?? [] {
                text += block["text"]?.string ?? ""
                thought += block["thinking"]?.string ?? ""
                if block["type"]?.string == "tool_use" {
                    calls.append(
                        Call(
                            id: block["id"]?.string ?? "", name: block["name"]?.string ?? "",
                            arguments: block["input"].map { String(decoding: $0.raw, as: UTF8.self) } ?? ""))
                }
            }
        }
    }

    private mutating func readEvents(_ format: WireFormat) throws {
        for line in body.split(separator: "\n") where line.hasPrefix("data: ") {
            let data = line.dropFirst("data: ".count)
            if data == "[DONE]" {
                isComplete = true
                continue
            }
            let json = try JSONValue(parsing: Array(data.utf8))
            if format == .openAIChat { readChunk(json) } else { readEvent(json) }
        }
    }

    private mutating func readChunk(_ json: JSONValue) {
        if let tokens = json["usage"]?["completion_tokens"]?.int { outputTokens = tokens }
        guard let choice = json["choices"]?.elements.first(where: { _ in true }) else { return }
        finish = choice["finish_reason"]?.string ?? finish
        let delta = choice["delta"]
        text += delta?["content"]?.string ?? ""
        thought += delta?["reasoning_content"]?.string ?? ""
        for call in delta?["tool_calls"].map({ Array($0.elements) }) ?? [] {
            let index = call["index"]?.int ?? 0
            while calls.count <= index { calls.append(Call()) }
            calls[index].id += call["id"]?.string ?? ""
            calls[index].name += call["function"]?["name"]?.string ?? ""
            calls[index].arguments += call["function"]?["arguments"]?.string ?? ""
        }
    }

    private mutating func readEvent(_ json: JSONValue) {
        switch json["type"]?.string {
        case "content_block_start" where json["content_block"]?["type"]?.string == "tool_use":
            calls.append(
                Call(id: json["content_block"]?["id"]?.string ?? "", name: json["content_block"]?["name"]?.string ?? "")
            )
        case "content_block_delta":
            text += json["delta"]?["text"]?.string ?? ""
            thought += json["delta"]?["thinking"]?.string ?? ""
            if let part = json["delta"]?["partial_json"]?.string, !calls.isEmpty {
                calls[calls.count - 1].arguments += part
            }
        case "message_delta":
            finish = json["delta"]?["stop_reason"]?.string ?? finish
            outputTokens = json["usage"]?["output_tokens"]?.int ?? outputTokens
        case "message_stop": isComplete = true
        default: break
        }
    }
}
