import OmniJSON

@testable import OmniTranslate

/// Answers with calls of hosted tools, whole and as streams of the same contents.
enum HostedSample {
    // MARK: Anthropic

    static let claudeSearch =
        #"{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"swift"}}"#
    static let claudeSearchResult =
        #"{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","url":"https://swift.example","title":"Swift","encrypted_content":"abc"}]}"#
    static let claudeShell =
        #"{"type":"server_tool_use","id":"srvtoolu_2","name":"bash_code_execution","input":{"command":"ls"}}"#
    static let claudeShellResult =
        #"{"type":"bash_code_execution_tool_result","tool_use_id":"srvtoolu_2","content":{"type":"bash_code_execution_result","stdout":"a\n","stderr":"oops","return_code":1,"content":[]}}"#
    static let claudePython =
        #"{"type":"server_tool_use","id":"srvtoolu_3","name":"code_execution","input":{"code":"print(1)"}}"#
    static let claudePythonResult =
        #"{"type":"code_execution_tool_result","tool_use_id":"srvtoolu_3","content":{"type":"code_execution_result","stdout":"1\n","stderr":"","return_code":0,"content":[]}}"#
    static let claudeServer =
        #"{"type":"mcp_tool_use","id":"mcptoolu_1","name":"find","server_name":"docs","input":{"q":1}}"#
    static let claudeServerResult =
        #"{"type":"mcp_tool_result","tool_use_id":"mcptoolu_1","is_error":false,"content":[{"type":"text","text":"found"}]}"#
    static let claudeServerFailure =
        #"{"type":"mcp_tool_result","tool_use_id":"mcptoolu_1","is_error":true,"content":[{"type":"text","text":"no"}]}"#
    static let claudeText = #"{"type":"text","text":"Done."}"#

    static func claude(_ blocks: String..., stop: String = "end_turn") -> String {
        #"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[\#(blocks.joined(separator: ","))],"stop_reason":"\#(stop)","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}"#
    }

    /// The stream of a message: inputs of calls and texts come in pieces, everything else whole.
    static func stream(ofClaude message: String) throws -> String {
        let message = try JSONValue(parsing: Array(message.utf8))
        func event(_ body: String, _ type: String) -> String { "event: \(type)\ndata: \(body)\n\n" }
        var stream = event(
            #"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":1}}}"#,
            "message_start")
        for (index, block) in (message["content"]?.elements.map { $0 } ?? []).enumerated() {
            var start = block.rawText
            var pieces: [String] = []
            if let input = block["input"]?.rawText {
                start = start.replacing(#""input":"# + input, with: #""input":{}"#)
                let half = input.index(input.startIndex, offsetBy: input.count / 2)
                pieces = [input[..<half], input[half...]].map { piece in
                    #"{"type":"input_json_delta","partial_json":\#(quoted(String(piece)))}"#
                }
            } else if let text = block["text"]?.rawText {
                start = #"{"type":"text","text":""}"#
                pieces = [#"{"type":"text_delta","text":\#(text)}"#]
            }
            stream += event(
                #"{"type":"content_block_start","index":\#(index),"content_block":\#(start)}"#, "content_block_start")
            for piece in pieces {
                stream += event(
                    #"{"type":"content_block_delta","index":\#(index),"delta":\#(piece)}"#, "content_block_delta")
            }
            stream += event(#"{"type":"content_block_stop","index":\#(index)}"#, "content_block_stop")
        }
        stream += event(
            #"{"type":"message_delta","delta":{"stop_reason":"\#(message["stop_reason"]?.string ?? "")","stop_sequence":null},"usage":{"output_tokens":1}}"#,
            "message_delta")
        return stream + event(#"{"type":"message_stop"}"#, "message_stop")
    }

    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    // MARK: OpenAI

    static let search =
        #"{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"swift","queries":["swift","swift nio"],"sources":[{"type":"url","url":"https://swift.example"}]}}"#
    static let page =
        #"{"type":"web_search_call","id":"ws_2","status":"completed","action":{"type":"open_page","url":"https://swift.example"}}"#
    static let code =
        #"{"type":"code_interpreter_call","id":"ci_1","status":"completed","code":"print(1)","container_id":"cntr_1","outputs":[{"type":"logs","logs":"1\n"}]}"#
    static let drawing =
        #"{"type":"code_interpreter_call","id":"ci_2","status":"completed","code":"plot()","container_id":"cntr_1","outputs":[{"type":"image","url":"https://i"}]}"#
    static let server =
        #"{"type":"mcp_call","id":"mcp_1","server_label":"docs","name":"find","arguments":"{\"q\":1}","output":"found","error":null,"status":"completed"}"#
    static let failure =
        #"{"type":"mcp_call","id":"mcp_2","server_label":"docs","name":"find","arguments":"{}","output":null,"error":{"type":"http_error","code":500,"message":"down"},"status":"failed"}"#

    static func openAI(_ items: String...) -> String {
        #"{"id":"resp_1","object":"response","created_at":1790000000,"status":"completed","model":"m","output":[\#((items + [ResponsesStream.message("Done.")]).joined(separator: ","))],"usage":{"input_tokens":5,"output_tokens":3}}"#
    }

    static func stream(ofOpenAI items: String...) -> String {
        var events = [ResponsesStream.created]
        for (index, item) in items.enumerated() {
            events += [ResponsesStream.added(index, item), ResponsesStream.done(index, item)]
        }
        events += [
            ResponsesStream.added(items.count, #"{"type":"message","id":"msg_1","role":"assistant","content":[]}"#),
            ResponsesStream.delta("output_text", items.count, "Done."),
            ResponsesStream.done(items.count, ResponsesStream.message("Done.")),
            ResponsesStream.completed(),
        ]
        return ResponsesStream.frames(events)
    }

    // MARK: Google

    static let python = #"{"executableCode":{"language":"PYTHON","code":"print(1)"}}"#
    static let pythonResult = #"{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"1\n"}}"#
    static let metadata =
        #""groundingMetadata":{"webSearchQueries":["swift","swift nio"],"groundingChunks":[{"web":{"uri":"https://swift.example","title":"Swift"}}]},"urlContextMetadata":{"urlMetadata":[{"retrievedUrl":"https://page.example","urlRetrievalStatus":"URL_RETRIEVAL_STATUS_SUCCESS"}]}"#

    static func google(_ parts: String..., metadata: String = metadata) -> String {
        #"{"candidates":[{"content":{"role":"model","parts":[\#((parts + [#"{"text":"Done."}"#]).joined(separator: ","))]},"finishReason":"STOP","index":0,\#(metadata)}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2},"modelVersion":"m","responseId":"r"}"#
    }

    static func stream(ofGoogle parts: String...) -> String {
        var stream = ""
        for part in parts + [#"{"text":"Done."}"#] {
            stream +=
                #"data: {"candidates":[{"content":{"role":"model","parts":[\#(part)]},"index":0}],"modelVersion":"m","responseId":"r"}"#
                + "\n\n"
        }
        return stream
            + #"data: {"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP","index":0,\#(metadata)}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2},"modelVersion":"m","responseId":"r"}"#
            + "\n\n"
    }
}

extension JSONValue {
    /// The members named, of every element of an array, as text; absent ones are `-`.
    func table(_ names: String...) -> [String] {
        elements.map { element in
            names.map { name in
                let value = element.value(at: name)
                return value?.string ?? value?.rawText ?? "-"
            }.joined(separator: " ")
        }
    }
}
