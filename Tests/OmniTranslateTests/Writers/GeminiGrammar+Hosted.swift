import OmniJSON

@testable import OmniTranslate

/// Code and its result among the parts, and what the metadata of a candidate's end tells of searches and pages.
extension GeminiGrammar {
    /// - Returns: whether the part is code, so that its result may be next.
    mutating func readHosted(_ part: JSONValue, at index: Int, _ said: inout ChoiceContent) -> Bool {
        if let code = part["executableCode"] {
            // Code without a language is an unknown part, copied as it was.
            guard let language = code["language"]?.string else { return false }
            check(code.has(only: "language", "code") && code["code"]?.string != nil, "odd code")
            check(["PYTHON", "LANGUAGE_UNSPECIFIED"].contains(language), "an unknown language")
            said.hosted.append("\(language) \(code["code"]?.string ?? "?") -")
            waitingForResult.insert(index)
            return true
        }
        guard let result = part["codeExecutionResult"] else { return false }
        check(waitingForResult.contains(index), "a result of no code")
        check(result.has(only: "outcome", "output") && result["output"]?.string != nil, "odd result")
        let outcome = result["outcome"]?.string ?? "?"
        check(["OUTCOME_OK", "OUTCOME_FAILED"].contains(outcome), "an unknown outcome")
        guard !said.hosted.isEmpty, waitingForResult.contains(index) else { return false }
        said.hosted[said.hosted.count - 1].removeLast()
        said.hosted[said.hosted.count - 1] += "\(outcome) \(result["output"]?.string ?? "?")"
        return false
    }

    mutating func readHostedMetadata(_ candidate: JSONValue, _ said: inout ChoiceContent) {
        if let grounding = candidate["groundingMetadata"] {
            let known: Set = ["webSearchQueries", "groundingChunks", "groundingSupports"]
            check(known.isSuperset(of: grounding.names), "other metadata")
            let chunks = grounding["groundingChunks"].map { Array($0.elements) } ?? []
            for support in grounding["groundingSupports"]?.elements.map({ $0 }) ?? [] {
                let indices = support["groundingChunkIndices"]?.elements.compactMap(\.int) ?? []
                check(!indices.isEmpty && indices.allSatisfy(chunks.indices.contains), "a support without a source")
            }
            if let queries = grounding["webSearchQueries"] {
                let texts = queries.elements.map { $0.string ?? "?" }
                check(!texts.isEmpty, "a list of no queries")
                said.hosted += texts.map { "search \($0)" }
            }
        }
        guard let pages = candidate["urlContextMetadata"] else { return }
        let list = pages["urlMetadata"].map { Array($0.elements) } ?? []
        check(pages.has(only: "urlMetadata") && !list.isEmpty, "metadata of no pages")
        for page in list {
            check(page.has(only: "retrievedUrl", "urlRetrievalStatus"), "odd page")
            let status = page["urlRetrievalStatus"]?.string ?? "?"
            said.hosted.append("page \(page["retrievedUrl"]?.string ?? "?") \(status)")
        }
    }
}
