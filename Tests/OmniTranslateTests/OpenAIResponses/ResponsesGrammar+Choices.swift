import OmniJSON

@testable import OmniTranslate

extension ResponsesGrammar: StreamGrammar {
    init(_ output: [UInt8]) {
        self.init(PairRun(written: output))
        problems += StreamFrames.events(output).problems
    }

    /// A call that cannot be read makes a whole answer a failed one, without an error event.
    var isComplete: Bool { ending != nil && !hasFailed }

    /// What the whole response of the last event says.
    var choices: [Int: ChoiceContent] {
        guard let response else { return [:] }
        var content = ChoiceContent()
        content.isFinished = isComplete
        for item in response["output"]?.elements.map({ $0 }) ?? [] {
            switch item["type"]?.string {
            case "message":
                for part in item["content"]?.elements.map({ $0 }) ?? [] {
                    content.words += (part["text"] ?? part["refusal"])?.string ?? ""
                }
            case "reasoning":
                for part in item["summary"]?.elements.map({ $0 }) ?? [] {
                    content.thoughts += part["text"]?.string ?? ""
                }
            case "web_search_call", "code_interpreter_call", "mcp_call":
                content.hosted.append(HostedLines.line(ofItem: item))
            default:
                content.calls.append(
                    .init(
                        id: item["call_id"]?.string ?? "", name: item["name"]?.string ?? "",
                        isCustom: item["type"]?.string == "custom_tool_call",
                        arguments: (item["arguments"] ?? item["input"])?.string ?? ""))
            }
        }
        return [0: content]
    }
}
