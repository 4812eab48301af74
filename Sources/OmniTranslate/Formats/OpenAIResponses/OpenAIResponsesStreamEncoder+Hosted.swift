import OmniJSON

extension OpenAIResponsesStreamEncoder {
    /// Tells a call of a hosted tool, which arrives whole, as the events of its item from beginning to end.
    mutating func write(_ call: HostedCall, into output: inout [UInt8]) {
        closeItem("completed", into: &output)
        for name in call.leftOut { report.add(name) }
        let id = newID(OpenAIResponsesHostedCalls.idPrefix(of: call))
        itemID = id
        writeItem("response.output_item.added", into: &output) {
            OpenAIResponsesHostedCalls.write(call, id: id, isBegun: true, into: &$0)
        }
        switch call.action {
        case .search, .open:
            writeBare("response.web_search_call.in_progress", into: &output)
            writeBare("response.web_search_call.searching", into: &output)
            // The grammar has no event for a search that failed.
            if let outcome = call.outcome, !outcome.isFailure {
                writeBare("response.web_search_call.completed", into: &output)
            }
        case .run(let code, _):
            writeBare("response.code_interpreter_call.in_progress", into: &output)
            writeDelta("response.code_interpreter_call_code.delta", code, into: &output)
            write("response.code_interpreter_call_code.done", "code", code, into: &output)
            writeBare("response.code_interpreter_call.interpreting", into: &output)
            if let outcome = call.outcome, !outcome.isFailure {
                writeBare("response.code_interpreter_call.completed", into: &output)
            }
        case .server(_, _, let arguments):
            writeBare("response.mcp_call.in_progress", into: &output)
            writeDelta("response.mcp_call_arguments.delta", arguments, into: &output)
            write("response.mcp_call_arguments.done", "arguments", arguments, into: &output)
            if let outcome = call.outcome {
                writeBare(
                    outcome.isFailure ? "response.mcp_call.failed" : "response.mcp_call.completed", into: &output)
            }
        }
        var done = JSONWriter()
        OpenAIResponsesHostedCalls.write(call, id: id, into: &done)
        writeItem("response.output_item.done", into: &output) { $0.raw(done.bytes[...]) }
        if !self.output.isEmpty { self.output.append(UInt8(ascii: ",")) }
        self.output += done.bytes
        index += 1
    }

    private mutating func writeItem(
        _ type: StaticString, into output: inout [UInt8], _ item: (inout JSONWriter) -> Void
    ) {
        begin(type, into: &output)
        output.write(",\"output_index\":")
        output.write(index)
        output.write(",\"item\":")
        output.writeJSON(item)
        close(into: &output)
    }

    /// An event that says no more than its type.
    private mutating func writeBare(_ type: StaticString, into output: inout [UInt8]) {
        beginOfItem(type, into: &output)
        close(into: &output)
    }

    /// A delta of nothing is none.
    private mutating func writeDelta(_ type: StaticString, _ text: JSONText, into output: inout [UInt8]) {
        if !text.isEmpty { write(type, "delta", text, into: &output) }
    }

    private mutating func write(
        _ type: StaticString, _ name: StaticString, _ text: JSONText, into output: inout [UInt8]
    ) {
        beginOfItem(type, into: &output)
        output.write(",\"")
        output.write(name)
        output.write("\":")
        output.writeString(text)
        close(into: &output)
    }
}
