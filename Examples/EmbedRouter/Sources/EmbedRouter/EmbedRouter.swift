import NIOCore
import NIOPosix
import OmniCore
import OmniJSON
import OmniProviders
import OmniTranslate

/// Asks one question through the router inside this process: no server, no database.
///
///     swift run EmbedRouter                      asks the built-in simulator
///     swift run EmbedRouter URL KEY MODEL        asks an OpenAI-compatible upstream, such as https://api.openai.com/v1
@main
struct EmbedRouter {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.isEmpty || arguments.count == 3 else {
            print("usage: EmbedRouter [URL KEY MODEL]")
            return
        }

        // 1. What a person would configure. The simulator needs nothing at all.
        var configuration = RouterConfiguration()
        var model = "sim/echo"
        if !arguments.isEmpty {
            let node = ProviderNodeID("example")
            configuration.nodes = [
                ProviderNode(
                    id: node, name: "Example", prefix: "up", type: .openAICompatible, apiType: .chat,
                    baseURL: arguments[0])
            ]
            configuration.connections = [
                Connection(
                    id: ConnectionID("account"), provider: ProviderID(node.rawValue), name: "Account",
                    credential: Credential(apiKey: arguments[1]))
            ]
            model = "up/" + arguments[2]
        }

        // 2. The router: an immutable snapshot of the configuration, and an engine over a transport.
        let snapshot = CatalogSnapshot(configuration: configuration, catalog: .builtIn)
        let eventLoops = MultiThreadedEventLoopGroup.singleton
        let clock = SystemClock()
        let engine = InferenceEngine(
            transport: RoutedTransport(network: try HTTPTransport(eventLoopGroup: eventLoops)),
            recorder: UsagePrinter(), clock: clock)

        // 3. One request, in any client format that is served. The task runs on the loop that owns the sockets.
        let request = InferenceRequest(
            id: "example-1", receivedAt: clock.wallMilliseconds(), clientFormat: .openAIChat,
            path: "/v1/chat/completions", body: chatRequest(model: model, text: "Hello from inside."))
        let eventLoop = eventLoops.next()
        let collector = AnswerCollector()
        await withTaskExecutorPreference(LoopTaskExecutor(eventLoop)) {
            await engine.answer(request, routes: RoutePlanner(snapshot), on: eventLoop, writer: collector)
        }

        let (status, body) = collector.answer
        let answer = try JSONValue(parsing: Array(body.readableBytesView))
        var choices = answer["choices"]?.elements
        let text = choices?.next()?["message"]?["content"]?.string ?? answer["error"]?["message"]?.string
        print("\(status): \(text ?? "no text")")
    }

    static func chatRequest(model: String, text: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("model")
        json.string(model)
        json.key("messages")
        json.beginArray()
        json.beginObject()
        json.key("role")
        json.value("user")
        json.key("content")
        json.string(text)
        json.endObject()
        json.endArray()
        json.endObject()
        return json.bytes
    }
}
