import OmniJSON

extension OpenAIResponsesStreamEncoder {
    mutating func open(_ item: Item, id: JSONText, into output: inout [UInt8]) {
        self.item = item
        itemID = id
        begin("response.output_item.added", into: &output)
        output.write(",\"output_index\":")
        output.write(index)
        output.write(",\"item\":")
        output.writeJSON { writer in
            switch item {
            case .nothing: break
            case .message:
                OpenAIResponsesItem.writeMessage(id: id, status: "in_progress", content: [], into: &writer)
            case .reasoning: OpenAIResponsesItem.writeReasoning(id: id, text: .empty, state: nil, into: &writer)
            case .tool(let call):
                OpenAIResponsesItem.write(call, arguments: .empty, status: "in_progress", into: &writer)
            }
        }
        close(into: &output)
    }

    // MARK: Deltas

    mutating func write(content piece: JSONText, isRefusal: Bool, into output: inout [UInt8]) {
        guard !piece.isEmpty else { return }
        if case .message = item {
        } else {
            closeItem("completed", into: &output)
            open(.message, id: newID("msg_"), into: &output)
        }
        if !hasPart {
            hasPart = true
            self.isRefusal = isRefusal
            beginOfPart("response.content_part.added", into: &output)
            writePart(into: &output)
            close(into: &output)
        }
        text.append(contentsOf: piece.escaped)
        beginOfPart(isRefusal ? "response.refusal.delta" : "response.output_text.delta", into: &output)
        output.write(",\"delta\":")
        output.writeString(piece)
        // The schema of typed clients demands them; when there are any, they come with the done event.
        if !isRefusal { output.write(",\"logprobs\":[]") }
        close(into: &output)
    }

    mutating func write(thought piece: JSONText, into output: inout [UInt8]) {
        guard !piece.isEmpty else { return }
        openThought(into: &output)
        if !hasPart {
            hasPart = true
            beginOfItem("response.reasoning_summary_part.added", into: &output)
            output.write(",\"summary_index\":0,\"part\":{\"type\":\"summary_text\",\"text\":\"\"}")
            close(into: &output)
        }
        text.append(contentsOf: piece.escaped)
        beginOfItem("response.reasoning_summary_text.delta", into: &output)
        output.write(",\"summary_index\":0,\"delta\":")
        output.writeString(piece)
        close(into: &output)
    }

    /// An item carries one state; a second one gets an item of its own.
    mutating func take(_ state: OpaqueState, into output: inout [UInt8]) {
        if self.state != nil { closeItem("completed", into: &output) }
        openThought(into: &output)
        self.state = state
    }

    private mutating func openThought(into output: inout [UInt8]) {
        if case .reasoning = item { return }
        closeItem("completed", into: &output)
        open(.reasoning, id: newID("rs_"), into: &output)
    }

    mutating func take(_ logprobs: JSONValue) {
        guard hasPart, !isRefusal else { return }
        let entries = OpenAIResponsesLogprobs.entries(of: logprobs)
        if !self.logprobs.isEmpty, !entries.isEmpty { self.logprobs.append(UInt8(ascii: ",")) }
        self.logprobs.writeOnOneLine { $0 += entries }
    }

    mutating func write(arguments piece: JSONText, into output: inout [UInt8]) {
        guard case .tool(let call) = item, !piece.isEmpty else { return }
        text.append(contentsOf: piece.escaped)
        beginOfItem(
            call.isCustom ? "response.custom_tool_call_input.delta" : "response.function_call_arguments.delta",
            into: &output)
        output.write(",\"delta\":")
        output.writeString(piece)
        close(into: &output)
    }

    // MARK: Ends

    /// Ends the open part of a message.
    mutating func closePart(into output: inout [UInt8]) {
        guard case .message = item, hasPart else {
            citations = []
            return
        }
        let annotations = isRefusal ? [] : writeAnnotations(into: &output)
        beginOfPart(isRefusal ? "response.refusal.done" : "response.output_text.done", into: &output)
        output.write(isRefusal ? ",\"refusal\":" : ",\"text\":")
        output.writeString(sent)
        if !isRefusal {
            output.write(",\"logprobs\":[")
            output += logprobs
            output.append(UInt8(ascii: "]"))
        }
        close(into: &output)
        var part = JSONWriter(reservingCapacity: text.count + annotations.count + logprobs.count + 128)
        if isRefusal {
            OpenAIResponsesItem.writeRefusal(sent, into: &part)
        } else {
            OpenAIResponsesItem.writeText(sent, annotations: annotations, logprobs: logprobs, into: &part)
        }
        beginOfPart("response.content_part.done", into: &output)
        output.write(",\"part\":")
        output += part.bytes
        close(into: &output)
        if !content.isEmpty { content.append(UInt8(ascii: ",")) }
        content += part.bytes
        hasPart = false
        partIndex += 1
        text = []
        logprobs = []
    }

    private mutating func writeAnnotations(into output: inout [UInt8]) -> [UInt8] {
        var list: [UInt8] = []
        guard !citations.isEmpty else { return list }
        let end = sent.characterCount
        var position = 0
        for citation in citations {
            guard let encoded = OpenAIResponsesAnnotations.encode(citation, end: end, report: &report) else {
                continue
            }
            var annotation: [UInt8] = []
            annotation.writeOnOneLine { $0 += encoded }
            beginOfPart("response.output_text.annotation.added", into: &output)
            output.write(",\"annotation_index\":")
            output.write(position)
            output.write(",\"annotation\":")
            output += annotation
            close(into: &output)
            if !list.isEmpty { list.append(UInt8(ascii: ",")) }
            list += annotation
            position += 1
        }
        citations = []
        return list
    }

    /// Ends the open item.
    mutating func closeItem(_ status: StaticString, into output: inout [UInt8]) {
        let id = itemID
        var done = JSONWriter(reservingCapacity: text.count + content.count + 256)
        switch item {
        case .nothing: return
        case .message:
            closePart(into: &output)
            OpenAIResponsesItem.writeMessage(id: id, status: status, content: content, into: &done)
        case .reasoning:
            closeThought(into: &output)
            OpenAIResponsesItem.writeReasoning(id: id, text: sent, state: state, into: &done)
        case .tool(let call):
            closeCall(call, into: &output)
            OpenAIResponsesItem.write(call, arguments: sent, status: status, into: &done)
        }
        begin("response.output_item.done", into: &output)
        output.write(",\"output_index\":")
        output.write(index)
        output.write(",\"item\":")
        output += done.bytes
        close(into: &output)
        if !self.output.isEmpty { self.output.append(UInt8(ascii: ",")) }
        self.output += done.bytes
        item = .nothing
        index += 1
        hasPart = false
        partIndex = 0
        content = []
        text = []
        state = nil
    }

    private mutating func closeThought(into output: inout [UInt8]) {
        guard hasPart else { return }
        beginOfItem("response.reasoning_summary_text.done", into: &output)
        output.write(",\"summary_index\":0,\"text\":")
        output.writeString(sent)
        close(into: &output)
        beginOfItem("response.reasoning_summary_part.done", into: &output)
        output.write(",\"summary_index\":0,\"part\":")
        let text = sent
        output.writeJSON { OpenAIResponsesItem.writeSummary(text, into: &$0) }
        close(into: &output)
    }

    private mutating func closeCall(_ call: OpenAIResponsesItem.Call, into output: inout [UInt8]) {
        // A tool without arguments has no delta in other dialects; here the pieces must add up to an object.
        if text.isEmpty, !call.isCustom { write(arguments: "{}", into: &output) }
        beginOfItem(
            call.isCustom ? "response.custom_tool_call_input.done" : "response.function_call_arguments.done",
            into: &output)
        output.write(call.isCustom ? ",\"input\":" : ",\"arguments\":")
        output.writeString(sent)
        close(into: &output)
    }

    // MARK: Frames

    /// What was sent of the open part, thought or arguments.
    private var sent: JSONText { JSONText(escaped: text[...]) }

    private mutating func beginOfPart(_ type: StaticString, into output: inout [UInt8]) {
        beginOfItem(type, into: &output)
        output.write(",\"content_index\":")
        output.write(partIndex)
    }

    /// Writes the part as the last member of an event.
    private func writePart(into output: inout [UInt8]) {
        output.write(",\"part\":")
        output.writeJSON { writer in
            if isRefusal {
                OpenAIResponsesItem.writeRefusal(.empty, into: &writer)
            } else {
                OpenAIResponsesItem.writeText(.empty, annotations: [], logprobs: [], into: &writer)
            }
        }
    }
}
