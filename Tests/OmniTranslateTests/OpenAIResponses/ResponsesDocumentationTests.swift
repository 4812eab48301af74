import Testing

/// What the Responses codecs report is told in the documentation.
@Suite struct ResponsesDocumentationTests {
    static let files = [
        "OpenAIResponsesRequestEncoder", "OpenAIResponsesRequestEncoder+Items", "OpenAIResponsesRequestEncoder+Parts",
        "OpenAIResponsesRequestEncoder+Tools",
    ]

    @Test(arguments: files)
    func everyLossIsTold(file: String) throws {
        let text = try SourceTree.text("docs/translation.md")
        let section = try #require(text.split(separator: "## OpenAI Responses").last)
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("|") }
        let source = try SourceTree.text("Sources/OmniTranslate/Formats/OpenAIResponses/\(file).swift")
        var count = 0
        for match in source.matches(of: /report\.add\(([^"\n]*?"?[^,\n]*?)(?:, "([a-z_]+)")?\)(?:\s|$)/) {
            // What is put in at run time stands for any name.
            let call = String(match.1).replacing(/\\\(.*\)/, with: "*")
            let fields = call.matches(of: /"([^"]+)"/).map { String($0.1) }
            let reason = match.2.map(String.init) ?? "unsupported"
            for field in fields.isEmpty ? ["thinking", "reasoning"] : fields {
                count += 1
                let isTold = rows.contains { $0.contains("`\(field)`") && $0.contains("| \(reason) |") }
                #expect(isTold, "\(field) (\(reason)) is missing in docs/translation.md")
            }
        }
        #expect(count > 1)
    }
}
