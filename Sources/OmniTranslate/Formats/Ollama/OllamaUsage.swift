import OmniJSON

/// Token counts as Ollama's last line gives them: nothing is said of caches, thinking is part of the output.
enum OllamaUsage {
    /// - Parameter body: a complete answer or a stream's last line.
    /// - Returns: nil when it gives no count at all; one that is missing is zero, as after a reused prompt cache.
    static func decode(_ body: JSONValue) -> Usage? {
        let input = OpenAIChatUsage.count(body["prompt_eval_count"])
        let output = OpenAIChatUsage.count(body["eval_count"])
        guard input != nil || output != nil else { return nil }
        var usage = Usage()
        usage.input = input ?? 0
        usage.output = output ?? 0
        return usage
    }

    /// Writes the metrics that end an answer, with the comma before them.
    ///
    /// Durations are the local machine's business, and no machine of the client's was at work: zeros. Counts that are
    /// not known are left out, as Ollama itself does.
    static func write(_ usage: Usage?, into output: inout [UInt8]) {
        output.write(",\"total_duration\":0,\"load_duration\":0")
        if let usage {
            output.write(",\"prompt_eval_count\":")
            output.write(usage.totalInput)
        }
        output.write(",\"prompt_eval_duration\":0")
        if let usage {
            output.write(",\"eval_count\":")
            output.write(usage.totalOutput)
        }
        output.write(",\"eval_duration\":0")
    }
}
