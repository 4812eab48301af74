import OmniJSON

/// The response object as answers and the first and last events of streams carry it.
struct OpenAIResponsesAnswer: Sendable {
    let id: JSONText
    let created: Int
    let model: JSONText
    private let previous: JSONText?
    private let isStored: Bool

    init(id: JSONText?, created: Int?, context: TranslationContext) {
        if context.keepsAnswer {
            // Some upstreams give no id or the same one again.
            self.id = StableID.text("resp_", Array(context.answerSeed.utf8) + (id?.escaped ?? []))
        } else if let id, id.escaped.starts(with: "resp_".utf8) {
            self.id = id
        } else {
            // Derived from the upstream's, so that equal answers have equal ids.
            self.id = StableID.text("resp_", context.seed(of: id))
        }
        self.created = created ?? context.now
        model = JSONText(context.requestedModel)
        previous = context.previousResponse
        isStored = context.keepsAnswer
    }

    /// The id of the item at a position of the output.
    func itemID(_ prefix: StaticString, at index: Int) -> JSONText {
        StableID.text(prefix, id.escaped, salt: index + 1)
    }

    enum Status {
        case inProgress
        case ended(OpenAIResponsesFinish.Status)
        case failed(UpstreamFault)
    }

    /// - Parameters:
    ///   - output: the items with commas between. usage: nil while running and where nothing was answered.
    func write(
        _ status: Status, output: [UInt8], usage: Usage?, serviceTier: JSONText? = nil, into writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("id")
        writer.value(id)
        writer.key("object")
        writer.value("response")
        writer.key("created_at")
        writer.value(created)
        write(status, into: &writer)
        writer.key("instructions")
        writer.null()
        writer.key("metadata")
        writer.beginObject()
        writer.endObject()
        writer.key("model")
        writer.value(model)
        writer.key("output")
        writer.raw(([UInt8(ascii: "[")] + output + [UInt8(ascii: "]")])[...])
        // What the request said is not known here; these say nothing false of any request.
        writer.key("parallel_tool_calls")
        writer.value(true)
        writer.key("previous_response_id")
        if let previous { writer.value(previous) } else { writer.null() }
        if isStored {
            writer.key("store")
            writer.value(true)
        }
        writer.key("temperature")
        writer.null()
        writer.key("tool_choice")
        writer.value("auto")
        writer.key("tools")
        writer.beginArray()
        writer.endArray()
        writer.key("top_p")
        writer.null()
        if let serviceTier {
            writer.key("service_tier")
            writer.value(serviceTier)
        }
        writer.key("usage")
        if let usage { OpenAIResponsesUsage.write(usage, into: &writer) } else { writer.null() }
        writer.endObject()
    }

    private func write(_ status: Status, into writer: inout JSONWriter) {
        var name: StaticString = "completed"
        var reason: StaticString?
        var fault: UpstreamFault?
        switch status {
        case .inProgress: name = "in_progress"
        case .ended(.completed): break
        case .ended(.incomplete(let why)):
            name = "incomplete"
            reason = why
        case .ended(.failed):
            name = "failed"
            fault = UpstreamFault(.upstream, message: "the model made a tool call that cannot be read")
        case .failed(let why):
            name = "failed"
            fault = why
        }
        writer.key("status")
        writer.value(name)
        writer.key("error")
        if let fault {
            writer.beginObject()
            writer.key("code")
            writer.string(OpenAIResponsesErrors.code(of: fault))
            writer.key("message")
            writer.string(fault.message)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.key("incomplete_details")
        if let reason {
            writer.beginObject()
            writer.key("reason")
            writer.value(reason)
            writer.endObject()
        } else {
            writer.null()
        }
    }
}

extension OpenAIResponsesFinish.Status {
    /// The name of the event that ends a stream so.
    var event: StaticString {
        switch self {
        case .completed: "response.completed"
        case .incomplete: "response.incomplete"
        case .failed: "response.failed"
        }
    }

    /// The status of the item that was last in work.
    var lastItem: StaticString {
        switch self {
        case .completed, .failed: "completed"
        case .incomplete: "incomplete"
        }
    }
}

/// Items of the output, written the same in answers and in streams.
enum OpenAIResponsesItem {
    static func writeMessage(id: JSONText, status: StaticString, content: [UInt8], into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.value("message")
        writer.key("id")
        writer.value(id)
        writer.key("role")
        writer.value("assistant")
        writer.key("status")
        writer.value(status)
        writer.key("content")
        writer.raw(([UInt8(ascii: "[")] + content + [UInt8(ascii: "]")])[...])
        writer.endObject()
    }

    /// - Parameters: annotations and logprobs: their entries with commas between.
    static func writeText(
        _ text: JSONText, annotations: [UInt8], logprobs: [UInt8], into writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("type")
        writer.value("output_text")
        writer.key("text")
        writer.value(text)
        writer.key("annotations")
        writer.raw(([UInt8(ascii: "[")] + annotations + [UInt8(ascii: "]")])[...])
        writer.key("logprobs")
        writer.raw(([UInt8(ascii: "[")] + logprobs + [UInt8(ascii: "]")])[...])
        writer.endObject()
    }

    static func writeRefusal(_ text: JSONText, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.value("refusal")
        writer.key("refusal")
        writer.value(text)
        writer.endObject()
    }

    static func writeReasoning(
        id: JSONText, text: JSONText, state: OpaqueState?, into writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("type")
        writer.value("reasoning")
        writer.key("id")
        writer.value(id)
        writer.key("summary")
        writer.beginArray()
        if !text.isEmpty { writeSummary(text, into: &writer) }
        writer.endArray()
        if let state {
            writer.key("encrypted_content")
            writer.value(state.origin == .openAIResponses ? state.payload : OpaqueStateEnvelope.wrap(state))
        }
        writer.endObject()
    }

    static func writeSummary(_ text: JSONText, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.value("summary_text")
        writer.key("text")
        writer.value(text)
        writer.endObject()
    }

    /// A call without its arguments.
    struct Call: Sendable {
        let itemID: JSONText
        let id: JSONText
        let name: JSONText
        /// The group the tool belongs to.
        let namespace: JSONText?
        let isCustom: Bool

        /// - Parameters: name: as the request sent it. namespace: as the upstream gave it.
        init(
            itemID: JSONText, id: JSONText, name: JSONText, namespace: JSONText? = nil, isCustom: Bool,
            context: TranslationContext
        ) {
            self.itemID = itemID
            self.id = id
            self.isCustom = isCustom
            let member = context.groupedTools.isEmpty ? nil : context.groupedTools[name]
            self.name = member?.name ?? name
            self.namespace = member?.namespace ?? namespace
        }
    }

    static func write(_ call: Call, arguments: JSONText, status: StaticString, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.value(call.isCustom ? "custom_tool_call" : "function_call")
        writer.key("id")
        writer.value(call.itemID)
        writer.key("call_id")
        writer.value(call.id)
        writer.key("name")
        writer.value(call.name)
        if let namespace = call.namespace {
            writer.key("namespace")
            writer.value(namespace)
        }
        writer.key(call.isCustom ? "input" : "arguments")
        writer.value(arguments)
        if !call.isCustom {
            writer.key("status")
            writer.value(status)
        }
        writer.endObject()
    }
}
